package bench

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/queue"
)

// BenchmarkDurable is a message of 256 bytes put into a durable queue, taken
// and acknowledged, by one producer at a time and by 64; with the durability of
// a process's death and of a power cut.
//
//   - jetstream is the bare calls: a synchronous publish to a work queue, the
//     next message of a pull consumer, its ack.
//   - pitboss is natsqueue.
//
// Both servers run in this process and sync their files as often: every 100 ms,
// or at every write.
func BenchmarkDurable(b *testing.B) {
	for _, durability := range []pitboss.Durability{pitboss.InProcess, pitboss.OnDisk} {
		for _, flight := range []struct {
			name string
			n    int
		}{{"1", 1}, {"64", 64}} {
			b.Run("durability="+durability.String()+"/flight="+flight.name, func(b *testing.B) {
				b.Run("impl=pitboss", func(b *testing.B) { durablePitboss(b, durability, flight.n) })
				b.Run("impl=jetstream", func(b *testing.B) { durableBare(b, durability, flight.n) })
			})
		}
	}
}

var durableBody = strings.Repeat("x", 256)

func durablePitboss(b *testing.B, durability pitboss.Durability, flight int) {
	quiet := slog.New(slog.DiscardHandler)
	e, err := natsqueue.Start(b.Context(), natsqueue.EmbeddedConfig{Folder: b.TempDir(), Durability: durability, Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Stop()
	s, err := natsqueue.Open(b.Context(), natsqueue.Config{Embedded: e, Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	q, err := natsqueue.OpenQueue(b.Context(), s, natsqueue.QueueConfig[string]{Config: queue.Config[string]{Name: "bench"}})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close(context.Background())
	inFlight(b, flight, func() error {
		if _, err := q.Enqueue(b.Context(), pitboss.Message[string]{Payload: durableBody}); err != nil {
			return err
		}
		d, err := q.Dequeue(b.Context())
		if err != nil {
			return err
		}
		return d.Ack()
	})
}

func durableBare(b *testing.B, durability pitboss.Durability, flight int) {
	s, err := server.NewServer(&server.Options{
		DontListen: true, NoSigs: true, NoLog: true, JetStream: true, StoreDir: b.TempDir(),
		SyncAlways: durability == pitboss.OnDisk, SyncInterval: 100 * time.Millisecond, JetStreamMaxStore: 4 << 30,
	})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	conn, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := js.CreateStream(b.Context(), jetstream.StreamConfig{
		Name: "bench", Subjects: []string{"bench"}, Retention: jetstream.WorkQueuePolicy,
	}); err != nil {
		b.Fatal(err)
	}
	consumer, err := js.CreateConsumer(b.Context(), "bench", jetstream.ConsumerConfig{
		Durable: "bench", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1024,
	})
	if err != nil {
		b.Fatal(err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		b.Fatal(err)
	}
	defer messages.Stop()
	body := []byte(durableBody)
	inFlight(b, flight, func() error {
		if _, err := js.Publish(b.Context(), "bench", body); err != nil {
			return err
		}
		m, err := messages.Next()
		if err != nil {
			return err
		}
		return m.Ack()
	})
}

// inFlight runs the work b.N times, by so many goroutines.
func inFlight(b *testing.B, n int, work func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan error, n)
	b.ResetTimer()
	for range n {
		go func() {
			for left.Add(-1) >= 0 {
				if err := work(); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range n {
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
	b.StopTimer()
}
