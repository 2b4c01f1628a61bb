package room_test

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// pebbles is the state of a game: two players take one or two pebbles in turn,
// and whoever takes the last one wins.
type pebbles struct {
	Left  int
	Seat  int    // whose turn it is
	Moves uint64 // the moves so far
}

// take is a command's data, taken what comes of it.
type (
	take  struct{ Count int }
	taken struct{ Seat, Count int }
)

var pebbleGame = room.Game[pebbles]{
	Name: "pebbles", Seats: 2,
	Decide: func(s pebbles, c room.Command) ([]room.Fact, error) {
		switch c.Type {
		case room.Start:
			return []room.Fact{room.Enter("PLAYING", nil)}, nil
		case "take":
		default:
			return nil, room.Refuse(room.CodeUnknown, "want take")
		}
		want, ok := c.Data.(take)
		if !ok || want.Count < 1 || want.Count > min(2, s.Left) {
			return nil, room.Refuse("illegal_take", "want 1 to %d", min(2, s.Left))
		}
		facts := []room.Fact{{Type: "pebbles.taken", Seat: c.Seat, Data: taken{c.Seat, want.Count}}}
		if want.Count == s.Left {
			facts = append(facts, room.Fact{Type: event.GameEnded, Seat: room.NoSeat, Data: event.Result{
				Outcome: event.Completed, Winners: []int{c.Seat},
			}})
		}
		return facts, nil
	},
	Apply: func(s pebbles, f room.Fact) pebbles {
		switch data := f.Data.(type) {
		case event.Start:
			return pebbles{Left: 7}
		case taken:
			return pebbles{Left: s.Left - data.Count, Seat: 1 - data.Seat, Moves: s.Moves + 1}
		}
		return s
	},
	Offers: func(s pebbles, into []room.Offer) []room.Offer {
		return append(into, room.Offer{Seat: s.Seat, Turn: s.Moves + 1})
	},
}

// turn is what a bot has to know to move.
type turn struct {
	Room  string
	Offer room.OpenOffer
	State pebbles
}

// pebbleBots makes each offer to a bot a task.
type pebbleBots struct{ tasks *task.Processor }

func (b pebbleBots) Observe(c *room.Commit) {
	for _, offer := range c.Offers {
		if offer.By != room.Bot {
			continue
		}
		state, _ := c.View(offer.Seat).(pebbles)
		err := b.tasks.Submit(context.Background(), task.Task{
			Type: "pebbles.move", Key: c.Room, Deadline: offer.Deadline, Payload: turn{c.Room, offer, state},
		})
		if err != nil {
			fmt.Println(err)
		}
	}
}

// A game of one's own between two bots, which move by tasks. The answer names
// the turn that it is for, so that one which comes too late is refused as stale.
func ExampleHost() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	tasks, err := task.New(task.Config{Retry: handler.Backoff{Attempts: 1}})
	if err != nil {
		panic(err)
	}
	host, err := room.NewHost(room.Config{
		Games: []room.Rules{pebbleGame}, Observers: []room.Observer{pebbleBots{tasks}},
	})
	if err != nil {
		panic(err)
	}
	err = task.Register(tasks, "pebbles.move", func(ctx context.Context, t turn) error {
		want := take{max(1, t.State.Left%3)} // leaves a multiple of three where it can
		return host.Submit(ctx, room.Command{
			Room: t.Room, Type: "take", Seat: t.Offer.Seat, By: room.Bot, Turn: t.Offer.Turn, Data: want,
		}, nil)
	}, task.Options{})
	if err != nil {
		panic(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- host.Run(ctx) }()
	go func() { ended <- tasks.Run(ctx) }()

	id, err := host.Create(ctx, room.Spec{ID: "table-1", Game: "pebbles", Bots: 2})
	if err != nil {
		panic(err)
	}
	follower, err := host.Follow(ctx, id, room.NoSeat, 0)
	if err != nil {
		panic(err)
	}
	for {
		update, err := follower.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			panic(err)
		}
		for _, e := range update.Events {
			switch data := e.Data.(type) {
			case taken:
				fmt.Printf("seat %d takes %d\n", data.Seat, data.Count)
			case event.Result:
				fmt.Println("winners", data.Winners)
			}
		}
	}
	stop()
	fmt.Println(errors.Join(<-ended, <-ended))

	// Output:
	// seat 0 takes 1
	// seat 1 takes 1
	// seat 0 takes 2
	// seat 1 takes 1
	// seat 0 takes 2
	// winners [0]
	// <nil>
}
