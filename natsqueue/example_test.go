package natsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/queue"
)

// withMoves opens the queue of moves that is kept in a folder, and closes all of
// it after use.
func withMoves(folder string, use func(context.Context, *natsqueue.Queue[string]) error) error {
	ctx := context.Background()
	embedded, err := natsqueue.Start(ctx, natsqueue.EmbeddedConfig{Folder: folder, Log: quiet})
	if err != nil {
		return err
	}
	store, err := natsqueue.Open(ctx, natsqueue.Config{Embedded: embedded})
	if err != nil {
		return errors.Join(err, embedded.Stop())
	}
	moves, err := natsqueue.OpenQueue(ctx, store, natsqueue.QueueConfig[string]{
		Config: queue.Config[string]{Name: "moves", OrderByKey: true},
	})
	if err == nil {
		err = use(ctx, moves)
		// What is left stays in the store, so there is nothing to wait for.
		at, cancel := context.WithCancel(ctx)
		cancel()
		if left := moves.Close(at); !errors.Is(left, pitboss.ErrUndrained) {
			err = errors.Join(err, left)
		}
	}
	store.Close()
	return errors.Join(err, embedded.Stop())
}

// What was in the queue when its process ended is there when the next one opens
// it.
func ExampleOpenQueue() {
	folder, err := os.MkdirTemp("", "moves")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)

	err = withMoves(folder, func(ctx context.Context, moves *natsqueue.Queue[string]) error {
		for _, move := range []string{"e4", "e5", "Nf3"} {
			receipt, err := moves.Enqueue(ctx, pitboss.Message[string]{Payload: move, Key: "table-7"})
			if err != nil {
				return err
			}
			fmt.Println(move, "survives the", receipt.Durability)
		}
		d, err := moves.Dequeue(ctx)
		if err != nil {
			return err
		}
		fmt.Println("handled", d.Payload)
		return d.Ack()
	})
	fmt.Println("stopped:", err)

	err = withMoves(folder, func(ctx context.Context, moves *natsqueue.Queue[string]) error {
		d, err := moves.Dequeue(ctx)
		if err != nil {
			return err
		}
		fmt.Println("next is", d.Payload)
		return d.Ack()
	})
	fmt.Println("stopped:", err)

	// Output:
	// e4 survives the process
	// e5 survives the process
	// Nf3 survives the process
	// handled e4
	// stopped: <nil>
	// next is e5
	// stopped: <nil>
}
