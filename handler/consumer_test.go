package handler_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

func TestConsumerHandlesEverythingOnce(t *testing.T) {
	for _, prefetch := range []int{0, 1, 16} {
		t.Run(fmt.Sprint("prefetch ", prefetch), func(t *testing.T) {
			const messages = 10_000
			q := newQueue(t, queue.Config[int]{})
			seen := make([]atomic.Int32, messages)
			c := handler.Consumer[int]{
				Queue: q, Concurrency: 8, Prefetch: prefetch,
				Handler: func(_ context.Context, d *pitboss.Delivery[int]) error {
					seen[d.Payload].Add(1)
					return nil
				},
			}
			stop := running(t, c.Run)
			for i := range messages {
				enqueue(t, q, pitboss.Message[int]{Payload: i})
			}
			if err := q.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			for i := range seen {
				if n := seen[i].Load(); n != 1 {
					t.Fatalf("message %d was handled %d times", i, n)
				}
			}
			if s := q.Stats(); s.Acked != messages {
				t.Errorf("%d acknowledged of %d", s.Acked, messages)
			}
		})
	}
}

// Messages of one key never overlap and never overtake, also across retries.
func TestConsumerKeepsOrderByKey(t *testing.T) {
	keys, each := 10_000, 100
	if testing.Short() {
		keys = 500
	}
	type step struct{ key, n int }
	q := newQueue(t, queue.Config[step]{})
	next := make([]atomic.Int32, keys)
	busy := make([]atomic.Bool, keys)
	var inversions, overlaps, failures atomic.Int64
	done := make(chan struct{})
	var handled atomic.Int64
	c := handler.Consumer[step]{
		Queue: q, Concurrency: 8, Prefetch: 4, Order: handler.ByKey,
		Retry: handler.Backoff{First: time.Millisecond, Max: 4 * time.Millisecond, Attempts: handler.Forever},
		Handler: func(_ context.Context, d *pitboss.Delivery[step]) error {
			s := d.Payload
			if busy[s.key].Swap(true) {
				overlaps.Add(1)
			}
			defer busy[s.key].Store(false)
			if int(next[s.key].Load()) != s.n {
				inversions.Add(1)
			}
			if rand.IntN(20) == 0 {
				failures.Add(1)
				return errors.New("bad luck")
			}
			next[s.key].Add(1)
			if handled.Add(1) == int64(keys*each) {
				close(done)
			}
			return nil
		},
	}
	stop := running(t, c.Run)
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprint("room ", i)
	}
	for n := range each {
		for key := range keys {
			enqueue(t, q, pitboss.Message[step]{Payload: step{key, n}, Key: names[key]})
		}
	}
	<-done
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if inversions.Load() != 0 || overlaps.Load() != 0 {
		t.Errorf("%d inversions, %d overlaps", inversions.Load(), overlaps.Load())
	}
	t.Logf("%d keys × %d messages, %d failures retried", keys, each, failures.Load())
}

func TestConsumerRetriesOnSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		q := newQueue(t, queue.Config[string]{})
		var told faults[string]
		dead := &letters[string]{}
		start := time.Now()
		var at []time.Duration
		c := handler.Consumer[string]{
			Name: "moves", Queue: q, Concurrency: 1, DeadLetters: dead, OnError: told.hook,
			Retry: handler.Backoff{First: 10 * ms, Max: 35 * ms, Attempts: 5, Jitter: handler.NoJitter},
			Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
				at = append(at, time.Since(start))
				if len(d.History) != d.Attempt-1 {
					t.Errorf("attempt %d comes with a history of %d", d.Attempt, len(d.History))
				}
				time.Sleep(ms)
				return fmt.Errorf("failure %d", d.Attempt)
			},
		}
		stop := running(t, c.Run)
		enqueue(t, q, pitboss.Message[string]{
			Payload: "x", Key: "k", CorrelationID: "c1",
			Headers: map[string]string{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		})
		time.Sleep(time.Second)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{0, 11 * ms, 32 * ms, 68 * ms, 104 * ms}
		if !slices.Equal(at, want) {
			t.Errorf("handled at %v, want %v", at, want)
		}

		kept := dead.all()
		if len(kept) != 1 {
			t.Fatalf("%d dead letters", len(kept))
		}
		l := kept[0]
		if l.Queue != "moves" || l.Reason != pitboss.ReasonMaxRetries || l.Error != "failure 5" || l.Sequence != 1 ||
			l.Message.Key != "k" || l.Message.CorrelationID != "c1" || !l.EnqueuedAt.Equal(start) ||
			l.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" {
			t.Errorf("letter %+v", l)
		}
		if len(l.Attempts) != 5 {
			t.Fatalf("%d attempts recorded", len(l.Attempts))
		}
		for i, a := range l.Attempts {
			if a.Error != fmt.Sprintf("failure %d", i+1) || a.Duration != ms || a.Worker != "moves/1" || !a.Time.Equal(start.Add(want[i])) {
				t.Errorf("attempt %d: %+v", i+1, a)
			}
		}
		errs := told.all()
		if matching[*handler.RetryError](errs) != 4 || matching[*handler.GivenUpError](errs) != 1 || len(errs) != 5 {
			t.Errorf("told %v", errs)
		}
		if s := q.Stats(); s.Terminated != 1 || s.Nacked != 4 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestConsumerGivesUpForAReason(t *testing.T) {
	boring := errors.New("boring")
	tests := []struct {
		name     string
		err      error
		reason   pitboss.Reason
		attempts int
	}{
		{"ordinary", boring, pitboss.ReasonMaxRetries, 3},
		{"permanent", pitboss.Permanent(boring), pitboss.ReasonFailed, 1},
		{"wrapped permanent", fmt.Errorf("so: %w", pitboss.Permanent(boring)), pitboss.ReasonFailed, 1},
		{"invalid", &pitboss.FieldError{Field: "seat", Value: 9, Allowed: "0 to 3"}, pitboss.ReasonInvalid, 1},
		{"no handler", pitboss.ErrNoHandler, pitboss.ReasonNoHandler, 1},
		{"no handler, permanently", pitboss.Permanent(pitboss.ErrNoHandler), pitboss.ReasonNoHandler, 1},
		{"deadline", pitboss.ErrDeadlineMissed, pitboss.ReasonDeadline, 1},
		{"not worth a retry", context.Canceled, pitboss.ReasonFailed, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(t, queue.Config[string]{})
				dead := &letters[string]{}
				attempts := 0
				stop := running(t, handler.Consumer[string]{
					Queue: q, DeadLetters: dead,
					Retry: handler.Backoff{Attempts: 3, RetryOn: func(err error) bool { return err != context.Canceled }},
					Handler: func(context.Context, *pitboss.Delivery[string]) error {
						attempts++
						return tt.err
					},
				}.Run)
				enqueue(t, q, pitboss.Message[string]{})
				time.Sleep(time.Minute)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				kept := dead.all()
				if len(kept) != 1 || kept[0].Reason != tt.reason || attempts != tt.attempts {
					t.Errorf("%d attempts, letters %+v", attempts, kept)
				}
			})
		})
	}
}

func TestConsumerRetryFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		tries := make(map[int]int)
		stop := running(t, handler.Consumer[int]{
			Queue: q, Concurrency: 1, DeadLetters: &letters[int]{},
			RetryFor: func(d *pitboss.Delivery[int]) handler.Backoff { return handler.Backoff{Attempts: d.Payload} },
			Handler: func(_ context.Context, d *pitboss.Delivery[int]) error {
				tries[d.Payload]++
				return errors.New("no")
			},
		}.Run)
		enqueue(t, q, pitboss.Message[int]{Payload: 1}, pitboss.Message[int]{Payload: 4})
		time.Sleep(time.Minute)
		if err := stop(); err != nil || tries[1] != 1 || tries[4] != 4 {
			t.Errorf("%v, tries %v", err, tries)
		}
	})
}

func TestConsumerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[string]{})
		var put atomic.Int32
		dead := &letters[string]{refuse: func(context.Context, pitboss.DeadLetter[string]) error {
			if put.Add(1) == 1 {
				panic("store")
			}
			return nil
		}}
		var panics atomic.Int32
		stop := running(t, handler.Consumer[string]{
			Queue: q, DeadLetters: dead, Retry: handler.Backoff{Attempts: 2},
			Handler:  func(context.Context, *pitboss.Delivery[string]) error { panic("handler") },
			Fallback: func(context.Context, *pitboss.Delivery[string]) error { panic("fallback") },
			OnError: func(_ context.Context, _ *pitboss.Delivery[string], err error) {
				if _, ok := errors.AsType[*handler.PanicError](err); ok {
					panics.Add(1)
				}
				panic("hook")
			},
		}.Run)
		enqueue(t, q, pitboss.Message[string]{Payload: "a"},
			pitboss.Message[string]{Payload: "b", Deadline: time.Now().Add(time.Millisecond)})
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if s := q.Stats(); s.Terminated+s.Expired != 2 {
			t.Errorf("stats %+v", s)
		}
		if panics.Load() < 3 {
			t.Errorf("the hook saw %d panics", panics.Load())
		}
	})
}

// What chooses a retry may panic like a handler: the message is retried as if
// nothing had been chosen, and the hook is told.
func TestConsumerSurvivesPanicsInRetryPolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]handler.Consumer[int]{
			"predicate": {Retry: handler.Backoff{Attempts: 3, RetryOn: func(error) bool { panic("predicate") }}},
			"policy": {
				Retry:    handler.Backoff{Attempts: 3},
				RetryFor: func(*pitboss.Delivery[int]) handler.Backoff { panic("policy") },
			},
		} {
			q := newQueue(t, queue.Config[int]{})
			dead, told := &letters[int]{}, &faults[int]{}
			c.Queue, c.Concurrency, c.DeadLetters, c.OnError = q, 1, dead, told.hook
			tries := 0
			c.Handler = func(context.Context, *pitboss.Delivery[int]) error {
				tries++
				return errors.New("no")
			}
			stop := running(t, c.Run)
			enqueue(t, q, pitboss.Message[int]{Payload: 1})
			time.Sleep(time.Minute)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if kept := dead.all(); tries != 3 || len(kept) != 1 || matching[*handler.PanicError](told.all()) == 0 {
				t.Errorf("%s: %d tries, %d dead letters, told %v", name, tries, len(kept), told.all())
			}
		}
	})
}

func TestConsumerCarriesCorrelation(t *testing.T) {
	q := newQueue(t, queue.Config[string]{})
	got := make(chan string, 2)
	stop := running(t, handler.Consumer[string]{
		Queue: q, Concurrency: 1,
		Handler: func(ctx context.Context, _ *pitboss.Delivery[string]) error {
			got <- correlation.From(ctx)
			return nil
		},
	}.Run)
	enqueue(t, q, pitboss.Message[string]{CorrelationID: "c7"}, pitboss.Message[string]{})
	if first, second := <-got, <-got; first != "c7" || second != "" {
		t.Errorf("got %q and %q", first, second)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestConsumerHandlerMayEndItself(t *testing.T) {
	q := newQueue(t, queue.Config[string]{})
	var told faults[string]
	stop := running(t, handler.Consumer[string]{
		Queue: q, OnError: told.hook,
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error { return d.Ack() },
	}.Run)
	enqueue(t, q, pitboss.Message[string]{})
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil || len(told.all()) != 0 {
		t.Errorf("%v, told %v", err, told.all())
	}
}

func TestConsumerValidate(t *testing.T) {
	q := newQueue(t, queue.Config[string]{})
	good := handler.Consumer[string]{Queue: q, Handler: handler.Nothing[string]}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*handler.Consumer[string]){
		"queue":        func(c *handler.Consumer[string]) { c.Queue = nil },
		"handler":      func(c *handler.Consumer[string]) { c.Handler = nil },
		"concurrency":  func(c *handler.Consumer[string]) { c.Concurrency = -1 },
		"prefetch":     func(c *handler.Consumer[string]) { c.Prefetch = -1 },
		"order":        func(c *handler.Consumer[string]) { c.Order = 7 },
		"on_retry":     func(c *handler.Consumer[string]) { c.OnRetry = 7 },
		"dead_letters": func(c *handler.Consumer[string]) { c.OnRetry = handler.Park },
		"grace":        func(c *handler.Consumer[string]) { c.Grace = -1 },
		"retry.factor": func(c *handler.Consumer[string]) { c.Retry.Factor = 0.1 },
	}
	for field, spoil := range tests {
		c := good
		spoil(&c)
		fault, ok := errors.AsType[*pitboss.FieldError](c.Run(t.Context()))
		if !ok || fault.Field != field {
			t.Errorf("%s: got %v", field, fault)
		}
	}
	// What no machine can serve is refused before memory is asked for.
	huge := good
	huge.Concurrency, huge.Prefetch = math.MaxInt, math.MaxInt
	if fields := faultyFields(huge.Run(t.Context())); !slices.Equal(fields, []string{"concurrency", "prefetch"}) {
		t.Errorf("huge values: %v", fields)
	}
	c := good
	c.Queue = plainQueue[string]{q}
	c.Order = handler.ByKey
	if err := c.Run(t.Context()); !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), "cannot keep order by key") {
		t.Errorf("queue without order: %v", err)
	}
}

// plainQueue hides everything that a queue can do beyond the contract.
type plainQueue[T any] struct{ pitboss.Queue[T] }

func TestConsumerWithPlainQueue(t *testing.T) {
	q := newQueue(t, queue.Config[int]{})
	var sum atomic.Int64
	stop := running(t, handler.Consumer[int]{
		Queue: plainQueue[int]{q}, Prefetch: 8,
		Handler: func(_ context.Context, d *pitboss.Delivery[int]) error {
			sum.Add(int64(d.Payload))
			return nil
		},
	}.Run)
	for i := range 100 {
		enqueue(t, q, pitboss.Message[int]{Payload: i})
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil || sum.Load() != 4950 {
		t.Errorf("%v, sum %d", err, sum.Load())
	}
}

// brokenQueue fails to deliver after a number of messages.
type brokenQueue[T any] struct {
	pitboss.Queue[T]
	left atomic.Int32
	err  error
}

func (q *brokenQueue[T]) Dequeue(ctx context.Context) (pitboss.Delivery[T], error) {
	if q.left.Add(-1) < 0 {
		return pitboss.Delivery[T]{}, q.err
	}
	return q.Queue.Dequeue(ctx)
}

func TestConsumerReturnsQueueFailure(t *testing.T) {
	offline := errors.New("offline")
	q := newQueue(t, queue.Config[int]{})
	broken := &brokenQueue[int]{Queue: q, err: offline}
	broken.left.Store(3)
	var n atomic.Int32
	for range 3 {
		enqueue(t, q, pitboss.Message[int]{})
	}
	err := handler.Consumer[int]{Queue: broken, Concurrency: 2, Handler: func(context.Context, *pitboss.Delivery[int]) error {
		n.Add(1)
		return nil
	}}.Run(t.Context())
	if !errors.Is(err, offline) || n.Load() != 3 {
		t.Errorf("%v after %d messages", err, n.Load())
	}
}

func TestConsumerSurvivesGoexit(t *testing.T) {
	q := newQueue(t, queue.Config[int]{})
	enqueue(t, q, pitboss.Message[int]{Payload: 1}, pitboss.Message[int]{Payload: 2})
	err := handler.Consumer[int]{Queue: q, Concurrency: 1, Prefetch: 2,
		Handler: func(context.Context, *pitboss.Delivery[int]) error {
			runtime.Goexit()
			return nil
		}}.Run(t.Context())
	if err == nil {
		t.Error("the worker left in silence")
	}
	if s := q.Stats(); s.Len() != 2 || s.InFlight != 0 {
		t.Errorf("stats %+v", s)
	}
}

// The consumer itself allocates nothing per message.
func TestConsumerAllocatesNothing(t *testing.T) {
	q := newQueue(t, queue.Config[int]{})
	const messages = 1000
	var wg sync.WaitGroup
	stop := running(t, handler.Consumer[int]{
		Queue: q, Concurrency: 1, Order: handler.ByKey,
		Handler: func(context.Context, *pitboss.Delivery[int]) error {
			wg.Done()
			return nil
		},
	}.Run)
	allocs := testing.AllocsPerRun(10, func() {
		wg.Add(messages)
		for i := range messages {
			if _, err := q.Enqueue(t.Context(), pitboss.Message[int]{Payload: i, Key: "k"}); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if allocs > messages/10 {
		t.Errorf("%v allocations for %d messages", allocs, messages)
	}
}
