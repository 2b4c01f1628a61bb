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

// lateQueue delivers messages whose deadline has passed, as a queue does whose
// message waits for its worker (Prefetch), or one that leaves deadlines to its
// consumers.
type lateQueue[T any] struct {
	pitboss.Queue[T]
	deadline time.Time
}

func (q lateQueue[T]) Dequeue(ctx context.Context) (pitboss.Delivery[T], error) {
	d, err := q.Queue.Dequeue(ctx)
	d.Deadline = q.deadline
	return d, err
}

func TestExpiredWorkNeverRuns(t *testing.T) {
	broken := errors.New("fallback broken")
	works := func(context.Context, *pitboss.Delivery[string]) error { return nil }
	fails := func(context.Context, *pitboss.Delivery[string]) error { return broken }
	tests := []struct {
		name     string
		fallback pitboss.Handler[string]
		acked    uint64
		letters  int
	}{
		{"no fallback", nil, 0, 1},
		{"fallback works", works, 1, 0},
		{"fallback fails", fails, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(t, queue.Config[string]{})
				dead := &letters[string]{}
				stop := running(t, handler.Consumer[string]{
					Queue: lateQueue[string]{q, time.Now()}, DeadLetters: dead, Fallback: tt.fallback,
					Handler: func(context.Context, *pitboss.Delivery[string]) error {
						t.Error("expired work ran")
						return nil
					},
				}.Run)
				enqueue(t, q, pitboss.Message[string]{})
				time.Sleep(time.Minute)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				kept := dead.all()
				if s := q.Stats(); s.Acked != tt.acked || len(kept) != tt.letters {
					t.Fatalf("stats %+v, letters %+v", s, kept)
				}
				if len(kept) > 0 && (kept[0].Reason != pitboss.ReasonDeadline || len(kept[0].Attempts) != 0) {
					t.Errorf("letter %+v", kept[0])
				}
			})
		})
	}
}

// A retry that would come too late is not waited for.
func TestDeadlineBeforeNextAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		q := newQueue(t, queue.Config[string]{})
		start := time.Now()
		var fellBack time.Duration
		attempts := 0
		stop := running(t, handler.Consumer[string]{
			Queue: q, Concurrency: 1,
			Retry: handler.Backoff{First: 10 * ms, Attempts: 10, Jitter: handler.NoJitter},
			Handler: func(context.Context, *pitboss.Delivery[string]) error {
				attempts++
				return errors.New("too hard")
			},
			Fallback: func(ctx context.Context, _ *pitboss.Delivery[string]) error {
				fellBack = time.Since(start)
				return ctx.Err()
			},
		}.Run)
		enqueue(t, q, pitboss.Message[string]{Deadline: start.Add(50 * ms)})
		time.Sleep(time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		// Attempts at 0, 10 and 30 ms; the next would be at 70 ms.
		if attempts != 3 || fellBack != 30*ms {
			t.Errorf("%d attempts, fallback after %v", attempts, fellBack)
		}
		if s := q.Stats(); s.Acked != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

// A deadline of 5 ms ends the handler after 5 ms, and then the fallback runs.
func TestDeadlineEndsTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[string]{})
		var fellBack time.Time
		stop := running(t, handler.Consumer[string]{
			Queue:   q,
			Handler: handler.Chain(stalls, handler.Timeout[string](time.Second)),
			Fallback: func(context.Context, *pitboss.Delivery[string]) error {
				fellBack = time.Now()
				return nil
			},
		}.Run)
		end := time.Now().Add(5 * time.Millisecond)
		enqueue(t, q, pitboss.Message[string]{Deadline: end})
		time.Sleep(time.Second)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if !fellBack.Equal(end) {
			t.Errorf("fell back %v after the deadline", fellBack.Sub(end))
		}
	})
}
