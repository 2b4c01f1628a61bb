package handler_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// What runs when the context ends may finish; what waits stays in the queue.
func TestRunDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		finished := 0
		stop := running(t, handler.Consumer[int]{
			Queue: q, Concurrency: 1, Prefetch: 3, Grace: 10 * time.Second,
			Handler: func(ctx context.Context, _ *pitboss.Delivery[int]) error {
				time.Sleep(5 * time.Second)
				finished++
				return ctx.Err()
			},
		}.Run)
		for i := range 5 {
			enqueue(t, q, pitboss.Message[int]{Payload: i})
		}
		synctest.Wait()
		start := time.Now()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("drained in %v", took)
		}
		s := q.Stats()
		if finished != 1 || s.Acked != 1 || s.Len() != 4 || s.InFlight != 0 {
			t.Errorf("%d finished, stats %+v", finished, s)
		}
		// What was prefetched went back to where it was.
		if next := q.Peek(1); next[0].Payload != 1 {
			t.Errorf("next is %d", next[0].Payload)
		}
	})
}

// What is not finished after the grace time is told so, and goes back.
func TestRunCutsShortAfterGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		dead := &letters[int]{}
		stop := running(t, handler.Consumer[int]{
			Queue: q, Concurrency: 2, Grace: 3 * time.Second, DeadLetters: dead, Retry: handler.Backoff{Attempts: 1},
			Handler: func(ctx context.Context, _ *pitboss.Delivery[int]) error {
				<-ctx.Done()
				return pitboss.Permanent(ctx.Err())
			},
		}.Run)
		enqueue(t, q, pitboss.Message[int]{}, pitboss.Message[int]{})
		synctest.Wait()
		start := time.Now()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		if s := q.Stats(); s.Len() != 2 || s.InFlight != 0 || len(dead.all()) != 0 {
			t.Errorf("being cut short is no failure: stats %+v, letters %v", s, dead.all())
		}
	})
}

// A handler that will not stop is left behind, loudly, and ends its own message.
func TestRunLeavesTheDeafBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		stop := running(t, handler.Consumer[int]{
			Queue: q, Concurrency: 2, Grace: time.Second,
			Handler: func(context.Context, *pitboss.Delivery[int]) error {
				time.Sleep(time.Hour)
				return nil
			},
		}.Run)
		enqueue(t, q, pitboss.Message[int]{})
		synctest.Wait()
		start := time.Now()
		err := stop()
		if !errors.Is(err, pitboss.ErrUndrained) || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if s := q.Stats(); s.InFlight != 1 {
			t.Errorf("handed back while it is being handled: %+v", s)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := q.Stats(); s.Acked != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestRunOnEndedContext(t *testing.T) {
	q := newQueue(t, queue.Config[int]{})
	enqueue(t, q, pitboss.Message[int]{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (handler.Consumer[int]{Queue: q, Handler: handler.Nothing[int]}).Run(ctx); err != nil {
		t.Error(err)
	}
	if s := q.Stats(); s.Delivered != 0 {
		t.Errorf("stats %+v", s)
	}
}

// A consumer may run again, and as often as one likes at the same time.
func TestRunTwice(t *testing.T) {
	q := newQueue(t, queue.Config[int]{})
	c := handler.Consumer[int]{Queue: q, Handler: handler.Nothing[int]}
	if err := running(t, c.Run)(); err != nil {
		t.Fatal(err)
	}
	first, second := running(t, c.Run), running(t, c.Run)
	for range 100 {
		enqueue(t, q, pitboss.Message[int]{})
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first(), second()); err != nil {
		t.Fatal(err)
	}
}
