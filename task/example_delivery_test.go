package task_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/task"
)

// runAll runs the processor until all that was submitted is done.
func runAll(p *task.Processor) {
	ctx := context.Background()
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	if err := errors.Join(p.Close(ctx), <-done); err != nil {
		panic(err)
	}
}

// A task of a type that nobody registered is a dead letter.
func ExampleConfig_deadLetters() {
	dead, err := deadletter.New(deadletter.Config[task.Work]{})
	if err != nil {
		panic(err)
	}
	p, err := task.New(task.Config{DeadLetters: dead})
	if err != nil {
		panic(err)
	}
	if err := p.Submit(context.Background(), task.Task{Type: "bot.dream"}); err != nil {
		panic(err)
	}
	runAll(p)
	letter, err := dead.Get("tasks-1")
	fmt.Println(letter.Reason, err)
	// Output: no_handler <nil>
}

// Each type has its own retries.
func ExampleOptions_retry() {
	p, err := task.New(task.Config{Workers: 1})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	attempts := 0
	if err := task.Register(p, "archive", func(_ context.Context, room string) error {
		if attempts++; attempts < 3 {
			return errors.New("storage is down")
		}
		fmt.Println(room, "archived at attempt", attempts)
		stop()
		return nil
	}, task.Options{Retry: &handler.Backoff{First: 1, Attempts: 3}}); err != nil {
		panic(err)
	}
	if err := p.Submit(ctx, task.Task{Type: "archive", Key: "room-7", Payload: "room-7"}); err != nil {
		panic(err)
	}
	if err := p.Run(ctx); err != nil {
		panic(err)
	}
	// Output: room-7 archived at attempt 3
}
