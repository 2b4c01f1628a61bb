package handler_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

// handleOne runs h with a message as a consumer would.
func handleOne(h pitboss.Handler[string], payload string) error {
	return h(context.Background(), &pitboss.Delivery[string]{Message: pitboss.Message[string]{Payload: payload}})
}

// A panic becomes an error that knows where it came from.
func ExampleRecover() {
	h := handler.Chain(func(context.Context, *pitboss.Delivery[string]) error {
		panic("no such room")
	}, handler.Recover)
	err := handleOne(h, "play")
	fault, ok := errors.AsType[*handler.PanicError](err)
	fmt.Println(err)
	fmt.Println(ok && len(fault.Stack) > 0)
	// Output:
	// panic: no such room
	// true
}

// The hook may pass an error on, change it, or count the message as handled.
func ExampleErrorHook() {
	gone := errors.New("the room is gone")
	h := handler.Chain(func(_ context.Context, d *pitboss.Delivery[string]) error {
		if d.Payload == "late play" {
			return gone
		}
		return errors.New("storage is down")
	}, handler.ErrorHook(func(_ context.Context, _ *pitboss.Delivery[string], err error) error {
		if errors.Is(err, gone) {
			return nil // nothing to be done any more
		}
		return fmt.Errorf("moves: %w", err)
	}))
	fmt.Println(handleOne(h, "late play"))
	fmt.Println(handleOne(h, "play"))
	// Output:
	// <nil>
	// moves: storage is down
}

// Only archival may take its time; all else is held to 10 ms.
func ExampleOnly() {
	quick := func(d *pitboss.Delivery[string]) bool { return d.Payload != "archive" }
	h := handler.Chain(func(ctx context.Context, d *pitboss.Delivery[string]) error {
		_, limited := ctx.Deadline()
		fmt.Println(d.Payload, limited)
		return nil
	}, handler.Only(quick, handler.Timeout[string](10*time.Millisecond)))
	_ = handleOne(h, "play")
	_ = handleOne(h, "archive")
	// Output:
	// play true
	// archive false
}

// A stack is one middleware made of several, to be used with many handlers.
func ExampleStack() {
	say := func(what string) pitboss.Middleware[string] {
		return func(next pitboss.Handler[string]) pitboss.Handler[string] {
			return func(ctx context.Context, d *pitboss.Delivery[string]) error {
				fmt.Print(what, " ")
				return next(ctx, d)
			}
		}
	}
	house := handler.Stack(say("outer"), say("inner"), handler.Recover)
	fmt.Println(handleOne(house(handler.Nothing), "play"))
	// Output: outer inner <nil>
}

// A retry that lets the later messages of its key pass.
func ExampleConsumer_onRetry() {
	tried := false
	handleAll(handler.Consumer[string]{
		Queue: queueOf(
			pitboss.Message[string]{Key: "room-1", Payload: "statistics"},
			pitboss.Message[string]{Key: "room-1", Payload: "play"},
		),
		Concurrency: 1, Order: handler.ByKey,
		OnRetry: handler.Pass, // Hold: play would wait
		Retry:   handler.Backoff{First: 1, Attempts: 2},
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			if d.Payload == "statistics" && !tried {
				tried = true
				return errors.New("busy")
			}
			fmt.Println(d.Payload, d.Attempt)
			return nil
		},
	})
	// Unordered output:
	// play 1
	// statistics 2
}
