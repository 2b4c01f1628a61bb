package handler_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

type batches struct {
	mu   sync.Mutex
	seen [][]int
}

func (b *batches) handle(_ context.Context, batch []*pitboss.Delivery[int]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var payloads []int
	for _, d := range batch {
		payloads = append(payloads, d.Payload)
	}
	b.seen = append(b.seen, payloads)
	return nil
}

func TestBatchBySizeAndTime(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("plain queue ", plain), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const ms = time.Millisecond
				q := newQueue(t, queue.Config[int]{})
				var from pitboss.Queue[int] = q
				if plain {
					from = plainQueue[int]{q}
				}
				var got batches
				start := time.Now()
				var at []time.Duration
				stop := running(t, handler.BatchConsumer[int]{
					Queue: from, Concurrency: 1, Size: 4, Wait: 50 * ms,
					Handler: func(ctx context.Context, batch []*pitboss.Delivery[int]) error {
						at = append(at, time.Since(start))
						return got.handle(ctx, batch)
					},
				}.Run)
				for i := range 6 { // one full batch at once, two more wait
					enqueue(t, q, pitboss.Message[int]{Payload: i})
				}
				time.Sleep(30 * ms)
				enqueue(t, q, pitboss.Message[int]{Payload: 6})
				time.Sleep(time.Second)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				want := [][]int{{0, 1, 2, 3}, {4, 5, 6}}
				if !slices.EqualFunc(got.seen, want, slices.Equal) || !slices.Equal(at, []time.Duration{0, 50 * ms}) {
					t.Errorf("got %v at %v", got.seen, at)
				}
				if s := q.Stats(); s.Acked != 7 {
					t.Errorf("stats %+v", s)
				}
			})
		})
	}
}

func TestBatchPartialFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		dead := &letters[int]{}
		var tried [][]int
		stop := running(t, handler.BatchConsumer[int]{
			Queue: q, Concurrency: 1, Size: 5, Wait: time.Millisecond, DeadLetters: dead,
			Retry: handler.Backoff{First: time.Second, Attempts: 2, Jitter: handler.NoJitter},
			Handler: func(_ context.Context, batch []*pitboss.Delivery[int]) error {
				failures := handler.Failures{}
				var payloads []int
				for i, d := range batch {
					payloads = append(payloads, d.Payload)
					switch {
					case d.Payload == 1:
						failures[i] = errors.New("always")
					case d.Payload == 2:
						failures[i] = pitboss.Permanent(errors.New("broken"))
					case d.Payload == 3 && d.Attempt == 1:
						failures[i] = errors.New("once")
					}
				}
				tried = append(tried, payloads)
				return failures.Err()
			},
		}.Run)
		for i := range 5 {
			enqueue(t, q, pitboss.Message[int]{Payload: i})
		}
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(tried, [][]int{{0, 1, 2, 3, 4}, {1, 3}}, slices.Equal) {
			t.Errorf("tried %v", tried)
		}
		if s := q.Stats(); s.Acked != 3 || s.Terminated != 2 || s.Nacked != 2 {
			t.Errorf("stats %+v", s)
		}
		reasons := map[int]pitboss.Reason{}
		for _, l := range dead.all() {
			reasons[l.Message.Payload] = l.Reason
		}
		if len(reasons) != 2 || reasons[1] != pitboss.ReasonMaxRetries || reasons[2] != pitboss.ReasonFailed {
			t.Errorf("reasons %v", reasons)
		}
	})
}

// What does not account for the batch leaves nothing acknowledged.
func TestBatchFailuresThatDoNotAddUp(t *testing.T) {
	no := errors.New("no")
	for name, c := range map[string]struct {
		err   error
		acked uint64
	}{
		"wrapped":           {fmt.Errorf("store: %w", handler.Failures{0: no}), 2},
		"joined":            {errors.Join(handler.Failures{0: no}, no), 0},
		"index beyond":      {handler.Failures{3: no}, 0},
		"negative index":    {handler.Failures{0: no, -1: no}, 0},
		"none, but not nil": {handler.Failures{}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(t, queue.Config[int]{})
				dead := &letters[int]{}
				stop := running(t, handler.BatchConsumer[int]{
					Queue: q, Concurrency: 1, Size: 3, DeadLetters: dead, Retry: handler.Backoff{Attempts: 1},
					Handler: func(context.Context, []*pitboss.Delivery[int]) error { return c.err },
				}.Run)
				for i := range 3 {
					enqueue(t, q, pitboss.Message[int]{Payload: i})
				}
				time.Sleep(time.Minute)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if s, kept := q.Stats(), dead.all(); s.Acked != c.acked || len(kept) != int(3-c.acked) {
					t.Errorf("%d acknowledged, %d dead letters, want %d acknowledged", s.Acked, len(kept), c.acked)
				}
			})
		})
	}
}

func TestBatchFailsAsAWhole(t *testing.T) {
	for _, how := range []string{"error", "panic", "timeout"} {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(t, queue.Config[int]{})
			dead := &letters[int]{}
			stop := running(t, handler.BatchConsumer[int]{
				Queue: q, Concurrency: 1, Size: 2, DeadLetters: dead, Retry: handler.Backoff{Attempts: 1}, Timeout: time.Second,
				Handler: func(ctx context.Context, _ []*pitboss.Delivery[int]) error {
					switch how {
					case "panic":
						panic("tilt")
					case "timeout":
						<-ctx.Done()
						return ctx.Err()
					}
					return errors.New("all of it")
				},
			}.Run)
			enqueue(t, q, pitboss.Message[int]{}, pitboss.Message[int]{})
			time.Sleep(time.Minute)
			if err := stop(); err != nil || len(dead.all()) != 2 {
				t.Errorf("%s: %v, %d letters", how, err, len(dead.all()))
			}
		})
	}
}

// A batch that runs out of time fails as a message does, unless it knows what it
// had done by then.
func TestBatchTimeout(t *testing.T) {
	for partial, want := range map[bool]int{false: 2, true: 1} {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(t, queue.Config[int]{})
			dead := &letters[int]{}
			var told faults[int]
			stop := running(t, handler.BatchConsumer[int]{
				Queue: q, Concurrency: 1, Size: 2, DeadLetters: dead, OnError: told.hook,
				Retry: handler.Backoff{Attempts: 1}, Timeout: time.Second,
				Handler: func(ctx context.Context, _ []*pitboss.Delivery[int]) error {
					<-ctx.Done()
					if partial {
						return handler.Failures{1: ctx.Err()}.Err()
					}
					return errors.New("cut short")
				},
			}.Run)
			enqueue(t, q, pitboss.Message[int]{}, pitboss.Message[int]{})
			time.Sleep(time.Minute)
			if err := stop(); err != nil || len(dead.all()) != want {
				t.Errorf("partial %t: %v, %d letters", partial, err, len(dead.all()))
			}
			for _, err := range told.all() {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("partial %t: told %v", partial, err)
				}
			}
			if n := matching[*handler.TimeoutError](told.all()); n != map[bool]int{false: 2, true: 0}[partial] {
				t.Errorf("partial %t: %d timeouts in %v", partial, n, told.all())
			}
		})
	}
}

func TestBatchLeavesOutWhatIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		var got batches
		fellBack := 0
		stop := running(t, handler.BatchConsumer[int]{
			Queue: q, Concurrency: 1, Size: 3, Wait: time.Second, Handler: got.handle,
			Fallback: func(_ context.Context, d *pitboss.Delivery[int]) error {
				fellBack = d.Payload
				return nil
			},
		}.Run)
		enqueue(t, q, pitboss.Message[int]{Payload: 1},
			pitboss.Message[int]{Payload: 2, Deadline: time.Now().Add(500 * time.Millisecond)})
		time.Sleep(time.Minute)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if fellBack != 2 || !slices.EqualFunc(got.seen, [][]int{{1}}, slices.Equal) {
			t.Errorf("fallback for %d, batches %v", fellBack, got.seen)
		}
	})
}

// What was collected but not handled goes back.
func TestBatchHandsBackOnStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		var got batches
		stop := running(t, handler.BatchConsumer[int]{Queue: q, Concurrency: 1, Size: 10, Wait: time.Hour, Handler: got.handle}.Run)
		enqueue(t, q, pitboss.Message[int]{}, pitboss.Message[int]{})
		synctest.Wait()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if s := q.Stats(); s.Len() != 2 || s.InFlight != 0 || len(got.seen) != 0 {
			t.Errorf("stats %+v, batches %v", s, got.seen)
		}
	})
}

// Closing the queue ends the wait for more and handles what is there.
func TestBatchEndsWithTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, queue.Config[int]{})
		var got batches
		b := handler.BatchConsumer[int]{Queue: q, Concurrency: 1, Size: 10, Wait: time.Minute, Handler: got.handle}
		result := make(chan error)
		go func() { result <- b.Run(context.Background()) }()
		enqueue(t, q, pitboss.Message[int]{Payload: 5})
		if err := q.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-result; err != nil || len(got.seen) != 1 {
			t.Errorf("%v, batches %v", err, got.seen)
		}
	})
}

func TestBatchValidate(t *testing.T) {
	err := handler.BatchConsumer[int]{Size: -1, Wait: -1, Timeout: -1}.Run(t.Context())
	for _, field := range []string{"queue", "handler", "size", "wait", "timeout"} {
		if !slices.Contains(faultyFields(err), field) {
			t.Errorf("%s is missing in %v", field, err)
		}
	}
	q := newQueue(t, queue.Config[int]{})
	err = handler.BatchConsumer[int]{Queue: q, Handler: new(batches).handle, Size: math.MaxInt}.Run(t.Context())
	if fields := faultyFields(err); !slices.Equal(fields, []string{"size"}) {
		t.Errorf("a huge batch: %v", err)
	}
}

// A configuration that is refused has changed nothing about the queue.
func TestRefusedBatchConsumerLeavesTheQueueAlone(t *testing.T) {
	q := newQueue(t, queue.Config[int]{})
	err := handler.BatchConsumer[int]{Queue: q, Order: handler.ByKey}.Run(t.Context())
	if !errors.Is(err, pitboss.ErrInvalid) {
		t.Fatal(err)
	}
	enqueue(t, q, pitboss.Message[int]{Key: "k"}, pitboss.Message[int]{Key: "k"})
	var both [2]pitboss.Delivery[int]
	if n, err := q.DequeueBatch(t.Context(), both[:]); n != 2 || err != nil {
		t.Errorf("%d of a key at a time, %v", n, err)
	}
}

// faultyFields lists the fields of every FieldError in err's tree.
func faultyFields(err error) (fields []string) {
	switch e := err.(type) {
	case *pitboss.FieldError:
		return []string{e.Field}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			fields = append(fields, faultyFields(inner)...)
		}
	case interface{ Unwrap() error }:
		return faultyFields(e.Unwrap())
	}
	return fields
}

func ExampleBatchConsumer() {
	q, err := queue.NewFIFO(queue.Config[string]{})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	for _, name := range []string{"ann", "bob", "", "eve"} {
		if _, err := q.Enqueue(ctx, pitboss.Message[string]{Payload: name}); err != nil {
			panic(err)
		}
	}
	consumer := handler.BatchConsumer[string]{
		Queue: q, Size: 4, Concurrency: 1,
		Handler: func(_ context.Context, batch []*pitboss.Delivery[string]) error {
			failed := handler.Failures{}
			for i, d := range batch {
				if d.Payload == "" {
					failed[i] = pitboss.Permanent(errors.New("no name"))
					continue
				}
				fmt.Println("saved", d.Payload)
			}
			return failed.Err()
		},
		OnError: func(_ context.Context, d *pitboss.Delivery[string], err error) { fmt.Println(err) },
	}
	done := make(chan error)
	go func() { done <- consumer.Run(ctx) }()
	fmt.Println(q.Close(ctx), <-done)
	// Output:
	// saved ann
	// saved bob
	// saved eve
	// given up (processing_failed) after attempt 1: no name
	// <nil> <nil>
}
