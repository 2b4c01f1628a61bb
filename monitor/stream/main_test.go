package stream_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a stream that runs until the test ends.
func running(t testing.TB, c stream.Config) *stream.Stream {
	t.Helper()
	s, err := stream.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

func publish(s *stream.Stream, events ...event.Event) {
	for i := range events {
		if events[i].Time.IsZero() {
			events[i].Time = time.Now()
		}
	}
	s.Publish(events)
}

func subscribe(t testing.TB, s *stream.Stream, o stream.Options) *stream.Subscription {
	t.Helper()
	sub, err := s.Subscribe(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sub.Close)
	return sub
}

// seqs reads so many events and returns their numbers.
func seqs(t testing.TB, sub *stream.Subscription, n int) (list []uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(list) < n {
		b, err := sub.Next(ctx)
		if err != nil {
			t.Fatalf("after %d of %d events: %v", len(list), n, err)
		}
		if b.Missed.Count > 0 {
			t.Fatalf("missed %+v", b.Missed)
		}
		for _, e := range b.Entries {
			list = append(list, e.Event().Seq)
		}
	}
	return list
}

var discard = slog.New(slog.DiscardHandler)
