package handler_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

// Concurrency is how many messages are handled at a time, and no more are.
func ExampleConsumer_concurrency() {
	var messages []pitboss.Message[string]
	for range 20 {
		messages = append(messages, pitboss.Message[string]{Payload: "play"})
	}
	var running, most atomic.Int32
	handleAll(handler.Consumer[string]{
		Queue: queueOf(messages...), Concurrency: 2,
		Handler: func(context.Context, *pitboss.Delivery[string]) error {
			most.Store(max(most.Load(), running.Add(1)))
			runtime.Gosched() // whoever else may run, does
			running.Add(-1)
			return nil
		},
	})
	fmt.Println("never more than two:", most.Load() <= 2)
	// Output: never more than two: true
}

// A key that floods the queue does not keep the others waiting: keys take turns.
func ExampleConsumer_fairness() {
	var messages []pitboss.Message[string]
	for i := range 100 {
		messages = append(messages, pitboss.Message[string]{Key: "flood", Payload: fmt.Sprint("flood ", i)})
	}
	messages = append(messages, pitboss.Message[string]{Key: "room-1", Payload: "play"})
	handled := 0
	handleAll(handler.Consumer[string]{
		Queue: queueOf(messages...), Order: handler.ByKey, Concurrency: 1,
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			if handled++; d.Key == "room-1" {
				fmt.Println("room-1 was number", handled, "of", len(messages))
			}
			return nil
		},
	})
	// Output: room-1 was number 2 of 101
}

// When its context ends, a consumer lets what runs finish, for as long as Grace,
// and what it has not begun stays in the queue.
func ExampleConsumer_grace() {
	moves := queueOf(pitboss.Message[string]{Payload: "running"}, pitboss.Message[string]{Payload: "waiting"})
	ctx, stop := context.WithCancel(context.Background())
	err := handler.Consumer[string]{
		Queue: moves, Concurrency: 1, Grace: time.Minute,
		Handler: func(ctx context.Context, d *pitboss.Delivery[string]) error {
			stop()
			fmt.Println(d.Payload, ctx.Err())
			return nil
		},
	}.Run(ctx)
	stats := moves.Stats()
	fmt.Println(err, stats.Len(), "waits")
	// Output:
	// running <nil>
	// <nil> 1 waits
}

// A step for some messages only.
func ExampleWhen() {
	h := handler.Sequence(
		handler.When(
			func(d *pitboss.Delivery[string]) bool { return d.Payload == "game over" },
			func(context.Context, *pitboss.Delivery[string]) error {
				fmt.Println("archived")
				return nil
			}),
		func(_ context.Context, d *pitboss.Delivery[string]) error {
			fmt.Println("announced:", d.Payload)
			return nil
		},
	)
	fmt.Println(handleOne(h, "play"), handleOne(h, "game over"))
	// Output:
	// announced: play
	// archived
	// announced: game over
	// <nil> <nil>
}
