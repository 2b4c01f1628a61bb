package eventbus_test

import (
	"context"
	"fmt"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
)

func Example() {
	bus, err := eventbus.New(eventbus.Config{})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	_, err = bus.Subscribe("scores", "+/game/ended", func(_ context.Context, e *event.Event) error {
		fmt.Println(e.Room, e.Type)
		stop()
		return nil
	})
	if err != nil {
		panic(err)
	}
	bus.Publish([]event.Event{
		{Room: "table-7", Type: event.PiecePlayed},
		{Room: "table-7", Type: event.GameEnded},
	})
	if err := bus.Run(ctx); err != nil {
		panic(err)
	}
	// Output: table-7 game.ended
}
