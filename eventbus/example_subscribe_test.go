package eventbus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
	"github.com/pitboss-dev/pitboss/handler"
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

// A room is one level of its topics, whatever it is called.
func ExampleRoom() {
	for _, room := range []string{"table-7", "north/7", "#1", ""} {
		fmt.Println(eventbus.Room(room)+"/#", eventbus.Topic(&event.Event{Room: room, Type: event.GameEnded}))
	}
	// Output:
	// table-7/# table-7/game/ended
	// north%2F7/# north%2F7/game/ended
	// %231/# %231/game/ended
	// -/# -/game/ended
}

// A subscriber that fails gets the event again, and in the end it is a dead letter.
func ExampleConfig_deadLetters() {
	dead, err := deadletter.New(deadletter.Config[eventbus.Notice]{})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	bus, err := eventbus.New(eventbus.Config{
		DeadLetters: dead, Retry: handler.Backoff{First: time.Millisecond, Attempts: 2},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	tries := 0
	if _, err := bus.Subscribe("scores", "+/game/ended", func(context.Context, *event.Event) error {
		if tries++; tries == 2 {
			stop()
		}
		return errors.New("the scores are closed")
	}); err != nil {
		panic(err)
	}
	bus.Publish([]event.Event{{Room: "table-7", Type: event.GameEnded}})
	if err := bus.Run(ctx); err != nil {
		panic(err)
	}
	letter, err := dead.Get("events-1")
	fmt.Println(tries, letter.Message.Payload.Subscriber, letter.Reason, err)
	// Output: 2 scores max_retries_exceeded <nil>
}
