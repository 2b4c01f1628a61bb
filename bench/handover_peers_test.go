package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"

	"github.com/pitboss-dev/pitboss"
)

// channelLane waits without regard to the context: a select would double its
// cost, and a bare channel is what we are held against.
func channelLane(testing.TB) lane {
	messages := make(chan action, window)
	return lane{
		send: func(_ context.Context, n int) error {
			for range n {
				messages <- move
			}
			return nil
		},
		receive: func(_ context.Context, n int) error {
			for range n {
				<-messages
			}
			return nil
		},
	}
}

// messagesLane is channelLane with all that a message of ours can say: its key,
// deadline, headers and so on, which nobody sets.
func messagesLane(testing.TB) lane {
	messages := make(chan pitboss.Message[action], window)
	return lane{
		send: func(_ context.Context, n int) error {
			for range n {
				messages <- pitboss.Message[action]{Payload: move}
			}
			return nil
		},
		receive: func(_ context.Context, n int) error {
			for range n {
				<-messages
			}
			return nil
		},
	}
}

// ackTableLane ignores the context too.
func ackTableLane(testing.TB) lane {
	type numbered struct {
		id uint64
		action
	}
	var (
		messages = make(chan numbered, window)
		mu       sync.Mutex
		last     atomic.Uint64
		inFlight = make(map[uint64]numbered, window)
	)
	return lane{
		send: func(_ context.Context, n int) error {
			for range n {
				messages <- numbered{last.Add(1), move}
			}
			return nil
		},
		receive: func(_ context.Context, n int) error {
			for range n {
				m := <-messages
				mu.Lock()
				inFlight[m.id] = m
				mu.Unlock()

				mu.Lock()
				delete(inFlight, m.id)
				mu.Unlock()
			}
			return nil
		},
	}
}

// watermillLane bounds what is under way, because GoChannel starts two
// goroutines for every message that is not acknowledged yet and would otherwise
// be measured drowning in them. Its payload is bytes, and nobody is charged for
// encoding them.
func watermillLane(tb testing.TB) lane {
	tb.Helper()
	const topic = "moves"
	pubsub := gochannel.NewGoChannel(gochannel.Config{OutputChannelBuffer: window}, nil)
	tb.Cleanup(func() {
		if err := pubsub.Close(); err != nil {
			tb.Error(err)
		}
	})
	messages, err := pubsub.Subscribe(tb.Context(), topic)
	if err != nil {
		tb.Fatal(err)
	}
	room := make(chan struct{}, window)
	payload := make([]byte, 80)
	return lane{
		send: func(ctx context.Context, n int) error {
			for range n {
				select {
				case room <- struct{}{}:
				case <-ctx.Done():
					return ctx.Err()
				}
				if err := pubsub.Publish(topic, message.NewMessage("", payload)); err != nil {
					return err
				}
			}
			return nil
		},
		receive: func(ctx context.Context, n int) error {
			for range n {
				select {
				case m := <-messages:
					m.Ack()
					<-room
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		},
	}
}
