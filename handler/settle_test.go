package handler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// While the dead letters refuse, the message stays in the queue.
func TestRefusedDeadLetterLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		q := newQueue(t, queue.Config[string]{})
		refusals := 0
		dead := &letters[string]{refuse: func(ctx context.Context, _ pitboss.DeadLetter[string]) error {
			if refusals++; refusals <= 3 {
				return full
			}
			return ctx.Err()
		}}
		var told faults[string]
		runs := 0
		stop := running(t, handler.Consumer[string]{
			Queue: q, DeadLetters: dead, OnError: told.hook,
			Retry: handler.Backoff{First: time.Second, Attempts: 2, Jitter: handler.NoJitter},
			Handler: func(context.Context, *pitboss.Delivery[string]) error {
				runs++
				return errors.New("no")
			},
		}.Run)
		enqueue(t, q, pitboss.Message[string]{Payload: "x"})
		time.Sleep(2 * time.Second) // second attempt failed, letter refused
		synctest.Wait()
		if s := q.Stats(); s.Delayed != 1 || s.Terminated != 0 {
			t.Errorf("with the letter refused: %+v", s)
		}
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		kept := dead.all()
		if len(kept) != 1 || kept[0].Reason != pitboss.ReasonMaxRetries || len(kept[0].Attempts) != 2 || kept[0].Error != "no" {
			t.Errorf("letters %+v", kept)
		}
		if runs != 2 {
			t.Errorf("the handler ran %d times, of 2 allowed", runs)
		}
		errs := told.all()
		if matching[*handler.DeadLetterError](errs) != 3 || !errors.Is(errs[1], full) {
			t.Errorf("told %v", errs)
		}
	})
}

// A letter is written although the consumer is being stopped.
func TestDeadLetterContextIsDetached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[string]{})
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), mark{}, "kept"))
		dead := &letters[string]{refuse: func(ctx context.Context, _ pitboss.DeadLetter[string]) error {
			cancel()
			end, ok := ctx.Deadline()
			if !ok || time.Until(end) != 5*time.Second || ctx.Value(mark{}) != "kept" {
				t.Errorf("deadline %v %v, value %v", end, ok, ctx.Value(mark{}))
			}
			return ctx.Err()
		}}
		enqueue(t, q, pitboss.Message[string]{})
		err := handler.Consumer[string]{
			Queue: q, DeadLetters: dead,
			Handler: func(context.Context, *pitboss.Delivery[string]) error { return pitboss.ErrNoHandler },
		}.Run(ctx)
		if s := q.Stats(); err != nil || len(dead.all()) != 1 || s.Terminated != 1 {
			t.Errorf("%v, %d letters, stats %+v", err, len(dead.all()), s)
		}
	})
}

func TestOnRetryDecidesOverTheKey(t *testing.T) {
	tests := []struct {
		mode handler.OnRetry
		want []string
	}{
		{handler.Hold, []string{"a1", "b1", "a1", "a2"}},
		{handler.Pass, []string{"a1", "a2", "b1", "a1"}},
		{handler.Park, []string{"a1", "a2", "b1", "a1"}},
	}
	for _, tt := range tests {
		t.Run(tt.mode.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(t, queue.Config[string]{})
				dead, err := deadletter.New(deadletter.Config[string]{
					Origins: map[string]deadletter.Origin[string]{"moves": deadletter.Into(q)},
				})
				if err != nil {
					t.Fatal(err)
				}
				var ran []string
				stopStore := running(t, dead.Run)
				stop := running(t, handler.Consumer[string]{
					Name: "moves", Queue: q, Concurrency: 1, Order: handler.ByKey, OnRetry: tt.mode, DeadLetters: dead,
					Retry: handler.Backoff{First: time.Second, Jitter: handler.NoJitter},
					Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
						first := !slices.Contains(ran, d.Payload)
						ran = append(ran, d.Payload)
						if first && d.Payload == "a1" {
							return errors.New("not yet")
						}
						return nil
					},
				}.Run)
				if _, err := q.EnqueueBatch(t.Context(), []pitboss.Message[string]{
					{Payload: "a1", Key: "a"}, {Payload: "a2", Key: "a"}, {Payload: "b1", Key: "b"},
				}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if err := errors.Join(stop(), stopStore()); err != nil {
					t.Fatal(err)
				}
				sortedTail := slices.Clone(ran)
				want := slices.Clone(tt.want)
				// Which key comes second is the queue's affair.
				slices.Sort(sortedTail[1:max(1, len(ran)-1)])
				slices.Sort(want[1 : len(want)-1])
				if !slices.Equal(sortedTail, want) {
					t.Errorf("ran %v, want %v", ran, tt.want)
				}
			})
		})
	}
}

// A parked message goes on counting where it stopped.
func TestParkedMessageUsesUpItsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[string]{DedupeWindow: time.Hour})
		dead, err := deadletter.New(deadletter.Config[string]{
			Origins: map[string]deadletter.Origin[string]{"moves": deadletter.Into(q)},
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var at []time.Duration
		stopStore := running(t, dead.Run)
		stop := running(t, handler.Consumer[string]{
			Name: "moves", Queue: q, OnRetry: handler.Park, DeadLetters: dead,
			Retry: handler.Backoff{First: time.Second, Attempts: 4, Jitter: handler.NoJitter},
			Handler: func(context.Context, *pitboss.Delivery[string]) error {
				at = append(at, time.Since(start))
				return errors.New("never")
			},
		}.Run)
		enqueue(t, q, pitboss.Message[string]{ID: "once", Headers: map[string]string{"a": "b"}})
		time.Sleep(time.Hour)
		if err := errors.Join(stop(), stopStore()); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("ran at %v, want %v", at, want)
		}
		kept, _, err := dead.List(deadletter.Filter{})
		if err != nil || len(kept) != 1 {
			t.Fatalf("%v %v", kept, err)
		}
		l := kept[0]
		if l.Reason != pitboss.ReasonMaxRetries || len(l.Attempts) != 4 || l.Parked || !l.RetryAt.IsZero() || l.Retries != 3 {
			t.Errorf("letter %+v", l)
		}
		if l.Message.ID != "once" || len(l.Message.Headers) != 1 {
			t.Errorf("the message changed: %+v", l.Message)
		}
	})
}

// A handler may end its delivery itself. What it returns after that neither
// repeats the message nor makes a dead letter of it.
func TestFailureAfterTheEndMakesNoSecondMessage(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*pitboss.Delivery[string]) error{
		"ack":  func(d *pitboss.Delivery[string]) error { return d.Ack() },
		"term": func(d *pitboss.Delivery[string]) error { return d.Term(pitboss.ReasonManual) },
		"nak":  func(d *pitboss.Delivery[string]) error { return d.Nak(0) },
	} {
		for _, mode := range []handler.OnRetry{handler.Hold, handler.Park} {
			for _, attempts := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s, %v, %d attempts", name, mode, attempts), func(t *testing.T) {
					t.Parallel()
					endsItself(t, end, mode, attempts, map[bool]int{true: 2, false: 1}[name == "nak"])
				})
			}
		}
	}
}

func endsItself(t *testing.T, end func(*pitboss.Delivery[string]) error, mode handler.OnRetry, attempts, runs int) {
	synctest.Test(t, func(t *testing.T) {
		own := errors.New("after the end")
		q := newQueue(t, queue.Config[string]{})
		dead := &letters[string]{}
		var told faults[string]
		ran := 0
		stop := running(t, handler.Consumer[string]{
			Queue: q, DeadLetters: dead, OnError: told.hook, OnRetry: mode,
			Retry: handler.Backoff{First: time.Second, Attempts: attempts, Jitter: handler.NoJitter},
			Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
				if ran++; ran > 1 {
					return nil
				}
				return errors.Join(end(d), own)
			},
		}.Run)
		enqueue(t, q, pitboss.Message[string]{Payload: "x", Key: "k"})
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if kept := dead.all(); len(kept) != 0 || ran != runs {
			t.Errorf("ran %d times, want %d; letters %+v", ran, runs, kept)
		}
		errs := told.all()
		if len(errs) != 1 || matching[*handler.EndError](errs) != 1 || !errors.Is(errs[0], pitboss.ErrEnded) || !errors.Is(errs[0], own) {
			t.Errorf("told %v", errs)
		}
	})
}
