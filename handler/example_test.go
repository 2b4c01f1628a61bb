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

// queueOf returns a queue of the given messages that takes no more, so that a
// consumer ends when it has handled them.
func queueOf(messages ...pitboss.Message[string]) *queue.Memory[string] {
	q, err := queue.NewFIFO(queue.Config[string]{})
	if err != nil {
		panic(err)
	}
	for _, m := range messages {
		if _, err := q.Enqueue(context.Background(), m); err != nil {
			panic(err)
		}
	}
	return q
}

// handleAll runs a consumer until its queue is drained.
func handleAll(c handler.Consumer[string]) {
	done := make(chan error)
	go func() { done <- c.Run(context.Background()) }()
	if err := errors.Join(c.Queue.Close(context.Background()), <-done); err != nil {
		panic(err)
	}
}

// handleUntilGivenUp runs a consumer until it gives a message up.
func handleUntilGivenUp(c handler.Consumer[string]) {
	ctx, stop := context.WithCancel(context.Background())
	c.OnError = func(_ context.Context, _ *pitboss.Delivery[string], err error) {
		if _, ok := errors.AsType[*handler.GivenUpError](err); ok {
			fmt.Println(err)
			stop()
		}
	}
	if err := c.Run(ctx); err != nil {
		panic(err)
	}
}

// One room, one order; rooms in parallel. A failed command is tried again
// before the next of its room, and other rooms do not wait for it.
func ExampleConsumer_byKey() {
	moves := queueOf(
		pitboss.Message[string]{Key: "room-1", Payload: "declare 3"},
		pitboss.Message[string]{Key: "room-1", Payload: "play"},
		pitboss.Message[string]{Key: "room-2", Payload: "declare 0"},
	)
	handleAll(handler.Consumer[string]{
		Queue: moves, Order: handler.ByKey, Concurrency: 1,
		Retry: handler.Backoff{First: time.Millisecond, Jitter: handler.NoJitter},
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			if d.Payload == "declare 3" && d.Attempt == 1 {
				fmt.Println(d.Key, d.Payload, "(failed)")
				return errors.New("the journal is busy")
			}
			fmt.Println(d.Key, d.Payload)
			return nil
		},
	})
	// Output:
	// room-1 declare 3 (failed)
	// room-2 declare 0
	// room-1 declare 3
	// room-1 play
}

// What fails for good goes to the dead letters, with its story.
func ExampleConsumer_deadLetters() {
	dead, err := deadletter.New(deadletter.Config[string]{})
	if err != nil {
		panic(err)
	}
	handleUntilGivenUp(handler.Consumer[string]{
		Name: "moves", Queue: queueOf(pitboss.Message[string]{Payload: "play"}), DeadLetters: dead, Concurrency: 1,
		Retry: handler.Backoff{First: time.Millisecond, Attempts: 3},
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			if d.Attempt == 2 {
				return pitboss.Permanent(errors.New("no such room"))
			}
			return errors.New("busy")
		},
	})
	letters, _, err := dead.List(deadletter.Filter{})
	if err != nil {
		panic(err)
	}
	for _, l := range letters {
		fmt.Println(l.ID, l.Reason)
		for _, a := range l.Attempts {
			fmt.Println(a.Worker, a.Error)
		}
	}
	// Output:
	// given up (processing_failed) after attempt 2: no such room
	// moves-1 processing_failed
	// moves/1 busy
	// moves/1 no such room
}

// Work whose deadline has passed does not run; the fallback does.
func ExampleConsumer_fallback() {
	move := pitboss.Message[string]{Payload: "seat 2", Deadline: time.Now().Add(500 * time.Millisecond)}
	think := func(ctx context.Context, _ *pitboss.Delivery[string]) error {
		<-ctx.Done() // too hard to decide
		return ctx.Err()
	}
	handleAll(handler.Consumer[string]{
		Queue:   queueOf(move),
		Handler: handler.Chain(think, handler.Timeout[string](time.Minute)),
		Fallback: func(_ context.Context, d *pitboss.Delivery[string]) error {
			fmt.Println(d.Payload, "plays the first legal piece")
			return nil
		},
	})
	// Output: seat 2 plays the first legal piece
}

// Errors that no retry can mend are told apart by a predicate.
func ExampleBackoff_retryOn() {
	errOffline, errIllegal := errors.New("offline"), errors.New("illegal")
	handleUntilGivenUp(handler.Consumer[string]{
		Queue: queueOf(pitboss.Message[string]{Payload: "play"}), Concurrency: 1,
		Retry: handler.Backoff{
			First: time.Millisecond, Max: 10 * time.Millisecond,
			RetryOn: func(err error) bool { return errors.Is(err, errOffline) },
		},
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			if d.Attempt < 3 {
				return errOffline
			}
			return errIllegal
		},
	})
	// Output: given up (processing_failed) after attempt 3: illegal
}

// Middleware decides whether a handler runs at all.
func ExampleFilter() {
	human := func(d *pitboss.Delivery[string]) bool { return d.Headers["player"] == "human" }
	greet := func(_ context.Context, d *pitboss.Delivery[string]) error {
		fmt.Println("welcome", d.Payload)
		return nil
	}
	handleAll(handler.Consumer[string]{
		Queue: queueOf(
			pitboss.Message[string]{Payload: "hal", Headers: map[string]string{"player": "bot"}},
			pitboss.Message[string]{Payload: "ann", Headers: map[string]string{"player": "human"}},
		),
		Handler: handler.Chain(greet, handler.Filter(human)),
	})
	// Output: welcome ann
}

// Each goes on after an error and joins what went wrong.
func ExampleEach() {
	say := func(what string, err error) pitboss.Handler[string] {
		return func(context.Context, *pitboss.Delivery[string]) error {
			fmt.Println(what)
			return err
		}
	}
	h := handler.Each(say("broadcast", errors.New("nobody listens")), say("count", nil))
	fmt.Println(h(context.Background(), nil))
	// Output:
	// broadcast
	// count
	// nobody listens
}
