package liaptui_test

import (
	"testing"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// Facts alone give every state again, and so every view byte for byte.
func TestFactsReplay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		g := newTable(t, withPauses)
		var states []liaptui.State
		g.seen = func(room.Fact) { states = append(states, g.state) }
		g.start(seed)
		g.play(never)

		again := newTable(t, withPauses)
		again.seen = func(room.Fact) {
			at := len(again.facts) - 1
			if again.state != states[at] {
				t.Fatalf("game %d: fact %d leads elsewhere", seed, at)
			}
			for seat := room.NoSeat; seat < rules.Seats; seat++ {
				want := encode(t, g.rules.View(states[at], seat))
				if got := encode(t, again.rules.View(again.state, seat)); got != want {
					t.Fatalf("game %d, fact %d: seat %d saw\n%s, not\n%s", seed, at, seat, got, want)
				}
			}
		}
		again.apply(g.facts...)
	}
}

// recorder keeps the views after each commit of the one room that it follows.
type recorder struct {
	t     *testing.T
	views map[uint64][]string
}

func (r *recorder) Observe(c *room.Commit) {
	if c.Err != nil || len(c.Events) == 0 {
		return
	}
	r.views[c.LastSeq()] = views(r.t, c)
}

func views(t *testing.T, of interface{ View(seat int) any }) []string {
	t.Helper()
	var texts []string
	for seat := room.NoSeat; seat < rules.Seats; seat++ {
		texts = append(texts, encode(t, of.View(seat)))
	}
	return texts
}

// A room's journal gives every state again that the room went through.
func TestJournalReplays(t *testing.T) {
	recorded := &recorder{t, make(map[uint64][]string)}
	h := openHouse(t, 2, liaptui.Config{}, recorded)
	h.results(t, 1)
	events, _ := h.host.Events(t.Context(), "r0", 0)
	h.stop()
	if len(recorded.views) < 10 || events[len(events)-1].Type != event.RoomClosed {
		t.Fatalf("%d commits, the last event is %s", len(recorded.views), events[len(events)-1].Type)
	}
	for seq, want := range recorded.views {
		past, err := room.Replay(liaptui.New(liaptui.Config{}), events[:seq])
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range views(t, past) {
			if got != want[i] {
				t.Fatalf("at %d a seat saw\n%s, not\n%s", seq, want[i], got)
			}
		}
	}
}
