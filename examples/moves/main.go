// Moves is messaging alone, without a game server: moves of three rooms go
// through a priority queue, in order per room; one fails for a while and is
// tried again, one is beyond help and becomes a dead letter.
//
//	go run ./examples/moves
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// move is what travels: typed, and never encoded in memory.
type move struct {
	Room  string
	Piece string
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Print(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	dead, err := deadletter.New(deadletter.Config[move]{})
	if err != nil {
		return err
	}
	moves, err := queue.NewPriority(queue.Config[move]{
		Name: "moves", Capacity: 1024, Overflow: queue.Block, OrderByKey: true,
	})
	if err != nil {
		return err
	}
	for _, m := range []pitboss.Message[move]{
		{Key: "red", Payload: move{"red", "SOLDIER"}},
		{Key: "red", Payload: move{"red", "HORSE"}}, // not before red's first, whatever becomes of that
		{Key: "blue", Payload: move{"blue", "no such piece"}},
		{Key: "green", Payload: move{"green", "GENERAL"}, Priority: pitboss.Critical},
	} {
		if _, err := moves.Enqueue(ctx, m); err != nil {
			return err
		}
	}
	consumer := handler.Consumer[move]{
		Queue:       moves,
		Handler:     handler.Chain(player(out), handler.Recover[move], handler.Timeout[move](time.Second)),
		Order:       handler.ByKey,
		Concurrency: 1, // so that this program prints the same each time
		Retry:       handler.Backoff{First: time.Millisecond, Attempts: 3},
		DeadLetters: dead,
	}
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(ctx) }()
	// Closing takes no more moves, and lets what is there be played.
	if err := errors.Join(moves.Close(ctx), <-ended); err != nil {
		return err
	}
	letters, _, err := dead.List(deadletter.Filter{})
	for _, l := range letters {
		fmt.Fprintf(out, "given up: %s (%s)\n", l.Message.Payload.Piece, l.Reason)
	}
	return err
}

// player plays moves; its first SOLDIER slips.
func player(out io.Writer) pitboss.Handler[move] {
	slipped := false
	return func(_ context.Context, d *pitboss.Delivery[move]) error {
		switch m := d.Payload; {
		case m.Piece == "SOLDIER" && !slipped:
			slipped = true
			return errors.New("slipped")
		case m.Piece == "no such piece":
			return pitboss.Permanent(errors.New("what is that?"))
		default:
			fmt.Fprintf(out, "%s plays %s\n", m.Room, m.Piece)
			return nil
		}
	}
}
