package visual_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The game of these tests: two seats count to twelve in turn, in two phases,
// and who says twelve wins.
type counting struct{ said int }

const (
	last = 12
	half = last / 2
)

func countGame(name string, within time.Duration) room.Game[counting] {
	return room.Game[counting]{
		Name: name, Seats: 2,
		Decide: func(s counting, c room.Command) ([]room.Fact, error) {
			switch {
			case c.Type == room.Start:
				return []room.Fact{room.Enter("LOW", nil)}, nil
			case c.Type == room.Timeout:
				return nil, nil
			case c.Type == "break":
				return nil, errors.New("a bug")
			case c.Type != "say":
				return nil, room.Refuse(room.CodeUnknown, "say the next number")
			case c.Seat != s.said%2:
				return nil, room.Refuse(room.CodeNotYourTurn, "wait")
			}
			facts := []room.Fact{{Type: event.PiecePlayed, Seat: c.Seat}}
			switch s.said + 1 {
			case half:
				facts = append(facts, room.Enter("HIGH", nil))
			case last:
				facts = append(facts, room.Enter("OVER", nil), room.Fact{
					Type: event.GameEnded, Seat: room.NoSeat, Data: event.Result{Outcome: event.Completed, Winners: []int{c.Seat}},
				})
			}
			return facts, nil
		},
		Apply: func(s counting, f room.Fact) counting {
			if f.Type == event.PiecePlayed {
				s.said++
			}
			return s
		},
		Offers: func(s counting, into []room.Offer) []room.Offer {
			return append(into, room.Offer{Seat: s.said % 2, Turn: uint64(s.said + 1), Within: within})
		},
	}
}

// turnTime is how long a seat may take in the game "timed".
const turnTime = 30 * time.Second

// house is a running host that a Visual follows. It belongs in a bubble.
type house struct {
	*testing.T
	*room.Host
	visual *visual.Visual
}

func open(t *testing.T, c room.Config, v visual.Config, observers ...room.Observer) *house {
	t.Helper()
	c.Games = []room.Rules{countGame("timed", turnTime), countGame("patient", 0)}
	c.Log = slog.New(slog.DiscardHandler)
	host, err := room.NewHost(c)
	if err != nil {
		t.Fatal(err)
	}
	if backlog, ok := host.Queue().(visual.Backlog); ok {
		v.Backlog = backlog
	}
	pictures, err := visual.New(v)
	if err != nil {
		t.Fatal(err)
	}
	host.Observe(pictures)
	for _, o := range observers {
		host.Observe(o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		_ = host.Queue().Close(ctx) // timers are left
	})
	return &house{t, host, pictures}
}

// table opens a room with people in it who are ready; bots take the other
// seats.
func (h *house) table(id, game string, people ...string) []room.Place {
	h.Helper()
	if _, err := h.Create(h.Context(), room.Spec{ID: id, Game: game, Bots: 2 - len(people)}); err != nil {
		h.Fatal(err)
	}
	places := make([]room.Place, len(people))
	for i, player := range people {
		place, err := h.Enter(h.Context(), id, player, "")
		if err != nil {
			h.Fatal(err)
		}
		places[i] = place
	}
	for _, p := range places {
		h.say(p, room.Ready)
	}
	return places
}

func (h *house) say(p room.Place, command string) room.Answer {
	h.Helper()
	a, err := h.Do(h.Context(), room.Command{Room: p.Room, Type: command, Seat: p.Seat, By: room.Human})
	if err != nil {
		h.Fatal(err)
	}
	return a
}

// wait lets time pass and everything that falls due be done.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// shown is a view as a client reads it.
func shown(t *testing.T, view any) map[string]any {
	t.Helper()
	text, err := json.Marshal(view)
	if err != nil {
		t.Fatal(err)
	}
	var decoded map[string]any
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}
