package deadletter_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// What a queue drops by itself is kept, too.
func ExampleFromDrops() {
	dead, err := deadletter.New(deadletter.Config[string]{})
	if err != nil {
		panic(err)
	}
	q, err := queue.NewFIFO(queue.Config[string]{
		Name: "hints", Capacity: 1, Overflow: queue.DropOldest,
		Dropped: deadletter.FromDrops(dead, "hints", nil),
	})
	if err != nil {
		panic(err)
	}
	for _, payload := range []string{"old", "new"} {
		if _, err := q.Enqueue(context.Background(), pitboss.Message[string]{Payload: payload}); err != nil {
			panic(err)
		}
	}
	letter, err := dead.Get("hints-1")
	fmt.Println(letter.Message.Payload, letter.Reason, err)
	// Output: old overflow <nil>
}

// A letter is put back once, however often one asks.
func ExampleStore_Retry() {
	dead := filled()
	ctx := context.Background()
	fmt.Println(dead.Retry(ctx, "moves-1"))
	fmt.Println(dead.Retry(ctx, "moves-1"))
	fmt.Println(errors.Is(dead.Retry(ctx, "moves-99"), deadletter.ErrNotFound))
	// Output:
	// back in the queue: HORSE_RED
	// <nil>
	// <nil>
	// true
}

// While Run runs, the store puts letters back by itself.
func ExampleStore_Run() {
	ctx, stop := context.WithCancel(context.Background())
	dead, err := deadletter.New(deadletter.Config[string]{
		Retries: 3,
		Backoff: handler.Backoff{First: time.Millisecond, Max: time.Second},
		Origins: map[string]deadletter.Origin[string]{
			"moves": func(_ context.Context, m pitboss.Message[string]) error {
				fmt.Println("back in the queue:", m.Payload)
				stop()
				return nil
			},
		},
	})
	if err != nil {
		panic(err)
	}
	now := time.Now()
	if err := dead.Put(ctx, pitboss.DeadLetter[string]{
		Queue: "moves", Sequence: 1, EnqueuedAt: now, At: now,
		Message: pitboss.Message[string]{Payload: "HORSE_RED"}, Reason: pitboss.ReasonMaxRetries,
	}); err != nil {
		panic(err)
	}
	fmt.Println(dead.Run(ctx))
	// Output:
	// back in the queue: HORSE_RED
	// <nil>
}
