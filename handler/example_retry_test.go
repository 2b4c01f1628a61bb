package handler_test

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

// Kinds of work that share a queue have retries of their own.
func ExampleConsumer_retryFor() {
	attempts := map[string]int{}
	moves := queueOf(pitboss.Message[string]{Payload: "move"}, pitboss.Message[string]{Payload: "archive"})
	ctx, stop := context.WithCancel(context.Background())
	err := handler.Consumer[string]{
		Queue: moves, Concurrency: 1,
		RetryFor: func(d *pitboss.Delivery[string]) handler.Backoff {
			if d.Payload == "move" {
				return handler.Backoff{Attempts: 1} // now or never
			}
			return handler.Backoff{First: time.Millisecond, Attempts: 3}
		},
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			attempts[d.Payload]++
			return errors.New("storage is down")
		},
		OnError: func(_ context.Context, d *pitboss.Delivery[string], err error) {
			if _, ok := errors.AsType[*handler.GivenUpError](err); ok && d.Payload == "archive" {
				stop()
			}
		},
	}.Run(ctx)
	fmt.Println(attempts["move"], attempts["archive"], err)
	// Output: 1 3 <nil>
}

// A parked message waits for its next attempt among the dead letters, so that its
// key goes on and the queue has room.
func ExampleConsumer_onRetryPark() {
	moves := queueOf(
		pitboss.Message[string]{Key: "room-1", Payload: "statistics"},
		pitboss.Message[string]{Key: "room-1", Payload: "play"},
	)
	dead, err := deadletter.New(deadletter.Config[string]{
		Origins: map[string]deadletter.Origin[string]{moves.Name(): deadletter.Into(moves)},
	})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stored := make(chan error)
	go func() { stored <- dead.Run(ctx) }() // puts back what is due
	failed := false
	err = handler.Consumer[string]{
		Queue: moves, Concurrency: 1, Order: handler.ByKey, OnRetry: handler.Park, DeadLetters: dead,
		Retry: handler.Backoff{First: 10 * time.Millisecond, Jitter: handler.NoJitter},
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			if d.Payload == "statistics" && !failed {
				failed = true
				return errors.New("busy")
			}
			fmt.Println(d.Payload)
			if d.Payload == "statistics" {
				stop()
			}
			return nil
		},
	}.Run(ctx)
	fmt.Println(err, <-stored)
	// Output:
	// play
	// statistics
	// <nil> <nil>
}

// What its queue drops is settled by the consumer, too.
func ExampleConsumer_Dropped() {
	var worker handler.Consumer[string]
	moves, err := queue.NewFIFO(queue.Config[string]{
		Dropped: func(d queue.Drop[string]) { worker.Dropped(d) },
	})
	if err != nil {
		panic(err)
	}
	worker = handler.Consumer[string]{
		Queue: moves, Handler: handler.Nothing[string],
		Fallback: func(_ context.Context, d *pitboss.Delivery[string]) error {
			fmt.Println("too late for", d.Payload)
			return nil
		},
	}
	late := pitboss.Message[string]{Payload: "a long think", Deadline: time.Now().Add(-time.Second)}
	if _, err := moves.Enqueue(context.Background(), late); err != nil {
		panic(err)
	}
	// Output: too late for a long think
}
