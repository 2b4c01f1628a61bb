package eventbus_test

import (
	"context"
	"fmt"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
)

// What someone may have to act on comes first, then what begins and ends, then
// the rest.
func ExampleRank() {
	for _, t := range []event.Type{event.ErrorOccurred, event.GameEnded, event.PlayerAction} {
		fmt.Println(t, eventbus.Rank(t))
	}
	// Output:
	// error.occurred critical
	// game.ended high
	// player.action normal
}

// By room, by type, by any pattern; a subscription ends when it is told to.
func ExampleBus_Subscribe() {
	bus, err := eventbus.New(eventbus.Config{Workers: 1})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	say := func(name, pattern string) *eventbus.Subscription {
		s, err := bus.Subscribe(name, pattern, func(_ context.Context, e *event.Event) error {
			fmt.Println(name, "saw", e.Type, "in", e.Room)
			if e.Type == event.RoomClosed {
				stop()
			}
			return nil
		})
		if err != nil {
			panic(err)
		}
		return s
	}
	say("room", "table-7/#")
	say("type", "+/game/started")
	say("ended", "#").End()
	bus.Publish([]event.Event{
		{Room: "table-8", Type: event.GameStarted},
		{Room: "table-7", Type: event.RoomClosed},
	})
	if err := bus.Run(ctx); err != nil {
		panic(err)
	}
	// Output:
	// type saw game.started in table-8
	// room saw room.closed in table-7
}
