package deadletter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// A message that fails for good becomes a dead letter. Once the fault is
// mended, it is put back and handled.
func Example() {
	ctx := context.Background()
	moves, err := queue.NewFIFO(queue.Config[string]{Name: "moves"})
	if err != nil {
		panic(err)
	}
	dead, err := deadletter.New(deadletter.Config[string]{
		Origins: map[string]deadletter.Origin[string]{"moves": deadletter.Into(moves)},
	})
	if err != nil {
		panic(err)
	}
	mended := make(chan bool, 2)
	consumer := handler.Consumer[string]{
		Name: "moves", Queue: moves, DeadLetters: dead, Concurrency: 1,
		Retry: handler.Backoff{Attempts: 1},
		Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
			if !<-mended {
				return errors.New("the table is gone")
			}
			fmt.Println("played", d.Payload)
			return nil
		},
		OnError: func(context.Context, *pitboss.Delivery[string], error) {
			list, _, err := dead.List(deadletter.Filter{Queue: "moves"})
			if err != nil {
				panic(err)
			}
			fmt.Println(list[0].ID, list[0].Reason, list[0].Error)
			mended <- true
			if err := dead.Retry(ctx, list[0].ID); err != nil {
				panic(err)
			}
			go func() { _ = moves.Close(ctx) }()
		},
	}
	mended <- false
	if _, err := moves.Enqueue(ctx, pitboss.Message[string]{Payload: "HORSE_RED"}); err != nil {
		panic(err)
	}
	if err := consumer.Run(ctx); err != nil {
		panic(err)
	}
	// Output:
	// moves-1 max_retries_exceeded the table is gone
	// played HORSE_RED
}

func filled() *deadletter.Store[string] {
	dead, err := deadletter.New(deadletter.Config[string]{
		Origins: map[string]deadletter.Origin[string]{
			"moves": func(_ context.Context, m pitboss.Message[string]) error {
				fmt.Println("back in the queue:", m.Payload)
				return nil
			},
		},
	})
	if err != nil {
		panic(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i, payload := range []string{"HORSE_RED", "CANNON_BLACK"} {
		if err := dead.Put(context.Background(), pitboss.DeadLetter[string]{
			Queue: "moves", Sequence: uint64(i + 1), EnqueuedAt: at, At: at.Add(time.Duration(i) * time.Second),
			Message: pitboss.Message[string]{Payload: payload, Key: "room-7"},
			Reason:  pitboss.ReasonMaxRetries, Error: "the table is gone",
		}); err != nil {
			panic(err)
		}
	}
	return dead
}

func ExampleStore_List() {
	letters, _, err := filled().List(deadletter.Filter{Key: "room-7", Reason: pitboss.ReasonMaxRetries})
	if err != nil {
		panic(err)
	}
	for _, l := range letters {
		fmt.Println(l.ID, l.Message.Payload, l.Error)
	}
	// Output:
	// moves-2 CANNON_BLACK the table is gone
	// moves-1 HORSE_RED the table is gone
}

func ExampleStore_RetryAll() {
	dead := filled()
	n, err := dead.RetryAll(context.Background(), deadletter.Filter{Queue: "moves"}, 1000)
	fmt.Println(n, err)
	// Output:
	// back in the queue: HORSE_RED
	// back in the queue: CANNON_BLACK
	// 2 <nil>
}

func ExampleStore_Recover() {
	dead := filled()
	letter, err := dead.Recover(context.Background(), "moves-1")
	fmt.Println(letter.Message.Payload, err)
	fmt.Println(dead.Retry(context.Background(), "moves-1"))
	// Output:
	// HORSE_RED <nil>
	// retry dead letter moves-1: dead letter already disposed of
}

func ExampleStore_Purge() {
	dead := filled()
	f := deadletter.Filter{OlderThan: 24 * time.Hour}
	dry, err := dead.Counts(f)
	if err != nil {
		panic(err)
	}
	fmt.Println("would remove", dry)
	n, err := dead.Purge(context.Background(), f)
	fmt.Println("removed", n, err)
	// Output:
	// would remove [{moves max_retries_exceeded 2}]
	// removed 2 <nil>
}

// An API works on all stores of a program at once, whatever they hold.
func ExampleJoin() {
	tasks, err := deadletter.New(deadletter.Config[int]{})
	if err != nil {
		panic(err)
	}
	archive := deadletter.Join(filled().Archive(), tasks.Archive())
	page, err := archive.Entries(context.Background(), deadletter.Filter{Limit: 1})
	if err != nil {
		panic(err)
	}
	text, err := json.Marshal(page.Entries[0].Payload)
	if err != nil {
		panic(err)
	}
	fmt.Println(page.Entries[0].ID, string(text))
	page, err = archive.Entries(context.Background(), deadletter.Filter{Limit: 1, After: page.Next})
	fmt.Println(page.Entries[0].ID, page.Next == "", err)
	// Output:
	// moves-2 "CANNON_BLACK"
	// moves-1 true <nil>
}
