package eventbus_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
)

// Whatever a room is called, its events reach those who subscribed to it, those
// who subscribed to a type, and nobody else.
func TestAnyRoomName(t *testing.T) {
	t.Parallel()
	for _, room := range []string{
		"", "-", "table-7", "a/b", "a//b", "/", "+", "*", "#", "a#", "table.7", "50%", "%2F", "line\nbreak", "\x7f", "größe", "\xff",
		strings.Repeat("long ", 100),
	} {
		t.Run(fmt.Sprintf("%.20q", room), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBus(t, eventbus.Config{Workers: 1})
				var got []string
				for _, pattern := range []string{eventbus.Room(room) + "/#", "+/game/ended", eventbus.Room("elsewhere") + "/#"} {
					if _, err := b.Subscribe(pattern, pattern, func(_ context.Context, e *event.Event) error {
						if e.Room != room {
							t.Errorf("room %q", e.Room)
						}
						got = append(got, pattern)
						return nil
					}); err != nil {
						t.Fatal(err)
					}
				}
				stop := start(t, b)
				published(b, room, event.GameEnded)
				synctest.Wait()
				stop()
				slices.Sort(got)
				want := []string{eventbus.Room(room) + "/#", "+/game/ended"}
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("reached %q, want %q", got, want)
				}
			})
		})
	}
}

// No two rooms are one level, and none is more than one.
func FuzzRoom(f *testing.F) {
	f.Add("a/b", "a%2Fb")
	f.Add("-", "")
	f.Add("\x00+", "#*")
	f.Fuzz(func(t *testing.T, one, other string) {
		a, b := eventbus.Room(one), eventbus.Room(other)
		if (a == b) != (one == other) {
			t.Errorf("%q and %q are %q and %q", one, other, a, b)
		}
		if a == "" || strings.ContainsAny(a, "/+*#\n\x00\x7f") {
			t.Errorf("%q is %q", one, a)
		}
	})
}

// An event that can reach nobody because of its type, or a name beyond all
// bounds, is told of in the log.
func TestEventWithoutTopicIsLogged(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]event.Event{
		"type": {Room: "a", Type: "game..ended"},
		"room": {Room: strings.Repeat("a", 5_000), Type: event.GameEnded},
	} {
		var log bytes.Buffer
		b := newBus(t, eventbus.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		if _, err := b.Subscribe("test", "#", func(context.Context, *event.Event) error { return nil }); err != nil {
			t.Fatal(err)
		}
		b.Publish([]event.Event{e})
		if !strings.Contains(log.String(), "reaches no subscriber") {
			t.Errorf("%s: logged %q", name, log.String())
		}
	}
}
