package liaptui_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/room"
)

// The server can be lost after it has seated a player and before it has said the
// session: the player enters again at the next one. Once the session has been
// used, no other player of the name does.
func TestPlayerEntersAgainAfterTheServerWasLost(t *testing.T) {
	t.Parallel()
	for name, every := range map[string]int{"from the journal": math.MaxInt, "from a snapshot": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored := new(records)
			var sessions []string
			// serve runs a server that is lost after ann has come in.
			serve := func(session string) error {
				h := runHouse(t, snapshotHost(t, stored, every), 1, liaptui.BotsConfig{})
				defer h.stop()
				found, err := h.host.Recover(t.Context())
				if err == nil && len(found.Open) == 0 {
					_, err = h.host.Create(t.Context(), room.Spec{ID: "r", Game: liaptui.Name, Bots: 3})
				}
				if err != nil {
					t.Fatal(err)
				}
				place, err := h.host.Enter(t.Context(), "r", "ann", session)
				sessions = append(sessions, place.Session)
				return err
			}
			for range 3 {
				if err := serve(""); err != nil {
					t.Fatal(err)
				}
			}
			if err := serve(sessions[1]); !errors.Is(err, &room.Refusal{Code: room.CodeSession}) {
				t.Errorf("with the second of three sessions: %v", err)
			}
			if err := serve(sessions[2]); err != nil {
				t.Errorf("with the last session: %v", err)
			}
			if err := serve(""); !errors.Is(err, &room.Refusal{Code: room.CodeSeatTaken}) {
				t.Errorf("without a session that was used: %v", err)
			}
			if used := len(stored.saved) > 0; used != (every == 1) {
				t.Errorf("%d snapshots", len(stored.saved))
			}
		})
	}
}

// A server that was not lost in between has told the store that the player had
// answered.
func TestPlayerWhoWasHeardOfKeepsTheSeat(t *testing.T) {
	t.Parallel()
	stored := new(records)
	h := runHouse(t, storedHost(t, stored), 1, liaptui.BotsConfig{})
	if _, err := h.host.Create(t.Context(), room.Spec{ID: "r", Game: liaptui.Name, Bots: 3}); err != nil {
		t.Fatal(err)
	}
	ann, err := h.host.Enter(t.Context(), "r", "ann", "")
	if err != nil {
		t.Fatal(err)
	}
	ann.Heard = true
	if err := h.host.Lose(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := h.host.Enter(t.Context(), "r", "ann", ""); !errors.Is(err, &room.Refusal{Code: room.CodeSeatTaken}) {
			t.Errorf("without the session: %v", err)
		}
		h.stop()
		h = runHouse(t, storedHost(t, stored), 1, liaptui.BotsConfig{})
		if _, err := h.host.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.host.Enter(t.Context(), "r", "ann", ann.Session); err != nil {
		t.Error(err)
	}
	h.stop()
}

// A command that was accepted gets the same answer when it is repeated, also that
// one which starts the game, and also from the server that comes after a crash. A
// seat's next player has said nothing yet.
func TestReadyIsRememberedAcrossACrash(t *testing.T) {
	t.Parallel()
	for name, every := range map[string]int{"from the journal": math.MaxInt, "from a snapshot": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored := new(records)
			first := runHouse(t, snapshotHost(t, stored, every), 1, liaptui.BotsConfig{Think: time.Hour})
			create := func(id string, bots int) {
				if _, err := first.host.Create(t.Context(), room.Spec{ID: id, Game: liaptui.Name, Bots: bots}); err != nil {
					t.Fatal(err)
				}
			}
			enter := func(h *house, id, player, session string) room.Place {
				place, err := h.host.Enter(t.Context(), id, player, session)
				if err != nil {
					t.Fatal(err)
				}
				return place
			}
			play := func(h *house, place room.Place, command string) room.Answer {
				answers := make(chan room.Answer, 1)
				if err := h.host.Play(t.Context(), place, "go", command, 0, nil, func(a room.Answer) { answers <- a }); err != nil {
					t.Fatal(err)
				}
				return <-answers
			}
			create("begun", 3)
			ann := enter(first, "begun", "ann", "")
			want := play(first, ann, room.Ready)
			create("waiting", 2)
			eve := enter(first, "waiting", "eve", "")
			play(first, eve, room.Ready)
			if err := first.host.Play(t.Context(), eve, "", room.Leave, 0, nil, func(room.Answer) {}); err != nil {
				t.Fatal(err)
			}
			bob := enter(first, "waiting", "bob", "")
			first.stop()

			host := snapshotHost(t, stored, every)
			if _, err := host.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			second := runHouse(t, host, 1, liaptui.BotsConfig{Think: time.Hour})
			defer second.stop()
			ann = enter(second, "begun", "ann", ann.Session)
			if got := play(second, ann, room.Ready); got != want || got.Err != nil {
				t.Errorf("repeated: %+v, at first %+v", got, want)
			}
			if bob.Seat != eve.Seat {
				t.Fatalf("bob has seat %d, eve had %d", bob.Seat, eve.Seat)
			}
			bob = enter(second, "waiting", "bob", bob.Session)
			play(second, bob, room.Ready)
			if info, _ := host.Info("waiting"); !info.Seats[bob.Seat].Ready {
				t.Error("bob is not ready: he got the answer to somebody else")
			}
		})
	}
}
