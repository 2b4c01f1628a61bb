package task_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/task"
)

func Example() {
	ctx := context.Background()
	p, err := task.New(task.Config{Workers: 1})
	if err != nil {
		panic(err)
	}
	type Move struct{ Room, Piece string }
	if err := task.Register(p, "bot.move", func(_ context.Context, m Move) error {
		fmt.Println(m.Room, "plays", m.Piece)
		return nil
	}, task.Options{Timeout: time.Second}); err != nil {
		panic(err)
	}
	if err := task.Register(p, "archive", func(_ context.Context, room string) error {
		fmt.Println(room, "archived")
		return nil
	}, task.Options{}); err != nil {
		panic(err)
	}

	for _, t := range []task.Task{
		{Type: "archive", Key: "r1", Payload: "r1", Priority: pitboss.Background},
		{Type: "bot.move", Key: "r2", Payload: Move{"r2", "HORSE_RED"}, Priority: pitboss.High, Deadline: time.Now().Add(time.Minute)},
	} {
		if err := p.Submit(ctx, t); err != nil {
			panic(err)
		}
	}
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	fmt.Println(p.Close(ctx), <-done)
	// Output:
	// r2 plays HORSE_RED
	// r1 archived
	// <nil> <nil>
}

// A task whose deadline has passed does not run: somebody else decides.
func ExampleOptions_late() {
	p, err := task.New(task.Config{})
	if err != nil {
		panic(err)
	}
	if err := task.Register(p, "bot.move", func(context.Context, string) error {
		fmt.Println("this is not printed")
		return nil
	}, task.Options{
		Late: func(_ context.Context, t task.Task) { fmt.Println("no time for", t.Payload) },
	}); err != nil {
		panic(err)
	}
	if err := p.Submit(context.Background(), task.Task{Type: "bot.move", Payload: "a long think", Deadline: time.Now()}); err != nil {
		panic(err)
	}
	done := make(chan error)
	go func() { done <- p.Run(context.Background()) }()
	fmt.Println(p.Close(context.Background()), <-done)
	// Output:
	// no time for a long think
	// <nil> <nil>
}

// An observer sees every outcome; metrics and events are made from it.
func ExampleConfig_observer() {
	p, err := task.New(task.Config{
		Observer: func(_ context.Context, r task.Report) { fmt.Println(r.Task.Type, r.Outcome) },
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := task.Register(p, "clean-up", func(context.Context, int) error { return nil }, task.Options{}); err != nil {
		panic(err)
	}
	if err := p.Submit(ctx, task.Task{Type: "clean-up", Payload: 3}); err != nil {
		panic(err)
	}
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	if err := p.Close(ctx); err != nil {
		panic(err)
	}
	fmt.Println(<-done)
	// Output:
	// clean-up submitted
	// clean-up completed
	// <nil>
}
