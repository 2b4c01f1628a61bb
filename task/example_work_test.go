package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/task"
)

// The tasks of one room run in order, one at a time, while rooms run side by side.
func ExampleConfig_order() {
	p, err := task.New(task.Config{Workers: 4, Order: handler.ByKey})
	if err != nil {
		panic(err)
	}
	if err := task.Register(p, "say", func(_ context.Context, what string) error {
		fmt.Println(what)
		return nil
	}, task.Options{}); err != nil {
		panic(err)
	}
	for _, what := range []string{"deal", "declare", "play"} {
		if err := p.Submit(context.Background(), task.Task{Type: "say", Key: "room-7", Payload: what}); err != nil {
			panic(err)
		}
	}
	runAll(p)
	// Output:
	// deal
	// declare
	// play
}

// A delayed task starts when its time has come, never before.
func ExampleTask_delay() {
	p, err := task.New(task.Config{})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	start := time.Now()
	if err := task.Register(p, "remind", func(context.Context, any) error {
		fmt.Println(time.Since(start) >= 5*time.Millisecond)
		stop()
		return nil
	}, task.Options{}); err != nil {
		panic(err)
	}
	if err := p.Submit(ctx, task.Task{Type: "remind", Delay: 5 * time.Millisecond}); err != nil {
		panic(err)
	}
	if err := p.Run(ctx); err != nil {
		panic(err)
	}
	// Output: true
}

// A payload may come as JSON, from another process or a dead letter, and is
// decoded by the type of its task.
func ExampleRegister_encoded() {
	p, err := task.New(task.Config{})
	if err != nil {
		panic(err)
	}
	type move struct {
		Seat  int
		Piece string
	}
	if err := task.Register(p, "bot.move", func(_ context.Context, m move) error {
		fmt.Println("seat", m.Seat, "plays", m.Piece)
		return nil
	}, task.Options{}); err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := p.Submit(ctx, task.Task{Type: "bot.move", Payload: json.RawMessage(`{"Seat":2,"Piece":"HORSE_RED"}`)}); err != nil {
		panic(err)
	}
	err = p.Submit(ctx, task.Task{Type: "bot.move", Payload: 7})
	fmt.Println(errors.Is(err, pitboss.ErrInvalid), err)
	runAll(p)
	// Output:
	// true payload: "int" is not allowed; want task_test.move
	// seat 2 plays HORSE_RED
}

// The processor's own queue may be bounded: when it is full, so is Submit.
func ExampleConfig_memory() {
	p, err := task.New(task.Config{Memory: queue.Config[task.Work]{Capacity: 1}})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	fmt.Println(p.Submit(ctx, task.Task{Type: "archive"}))
	fmt.Println(errors.Is(p.Submit(ctx, task.Task{Type: "archive"}), pitboss.ErrFull))
	// Output:
	// <nil>
	// true
}

// A task has a time to run in, by its type.
func ExampleOptions_timeout() {
	p, err := task.New(task.Config{Retry: handler.Backoff{Attempts: 1}, Observer: func(_ context.Context, r task.Report) {
		if r.Outcome == task.Failed {
			fmt.Println(errors.Is(r.Err, context.DeadlineExceeded))
		}
	}})
	if err != nil {
		panic(err)
	}
	if err := task.Register(p, "think", func(ctx context.Context, _ any) error {
		<-ctx.Done()
		return ctx.Err()
	}, task.Options{Timeout: 5 * time.Millisecond}); err != nil {
		panic(err)
	}
	if err := p.Submit(context.Background(), task.Task{Type: "think"}); err != nil {
		panic(err)
	}
	runAll(p)
	// Output: true
}
