package room_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// lost enters a player whose connection is lost before the session arrives.
func (h *house) lost(id, player string) room.Place {
	h.Helper()
	place := h.enter(id, player, "")
	h.lose(place)
	return place
}

func (h *house) lose(p room.Place) {
	h.Helper()
	if err := h.Lose(h.Context(), p); err != nil {
		h.Fatal(err)
	}
}

// A player who was never told the session gets another.
func TestPlayerWhoNeverLearnedTheSessionEntersAgain(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	h.create("r", 0)
	first := h.lost("r", "ann")
	again := h.lost("r", "ann")
	last := h.enter("r", "ann", "")
	if last.Seat != first.Seat || last.Session == first.Session || last.Session == again.Session {
		t.Errorf("first %+v, then %+v, then %+v", first, again, last)
	}
	for _, p := range []room.Place{first, again} {
		_, err := h.Enter(t.Context(), "r", "ann", p.Session)
		h.refused(err, room.CodeSession)
		h.lose(p) // comes late, and is not the last one's
	}
	if info := h.info("r"); info.Players != 1 || !info.Seats[first.Seat].Connected {
		t.Errorf("%+v", info)
	}
	joined := 0
	for _, e := range h.read("r", room.NoSeat, 0) {
		if e.Type == event.RoomJoined {
			joined++
		}
	}
	if joined != 1 {
		t.Errorf("joined %d times", joined)
	}
}

// Nobody takes the seat of a player who is there, or has shown to know the
// session, by the name alone.
func TestSeatIsItsPlayersOwn(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(h *house, ann, bob room.Place){
		"connected": func(*house, room.Place, room.Place) {},
		"heard of":  func(h *house, ann, _ room.Place) { ann.Heard = true; h.lose(ann) },
		"ready":     func(h *house, ann, _ room.Place) { h.must(ann, room.Ready, ""); h.lose(ann) },
		"came back": func(h *house, ann, _ room.Place) { h.lose(ann); h.lose(h.enter("r", "ann", ann.Session)) },
		"moved": func(h *house, ann, bob room.Place) {
			h.must(bob, room.Ready, "")
			h.must(bob, "take", "1")
			h.must(ann, "take", "1")
			h.lose(ann)
		},
		"left in the game": func(h *house, ann, bob room.Place) {
			h.must(bob, room.Ready, "")
			h.must(ann, room.Leave, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := open(t, room.Config{})
			h.create("r", 0)
			bob := h.enter("r", "bob", "")
			use(h, h.enter("r", "ann", ""), bob)
			_, err := h.Enter(t.Context(), "r", "ann", "")
			h.refused(err, room.CodeSeatTaken)
		})
	}
}

// What a refused command would have shown does not count, and a game that has
// begun meanwhile makes no difference.
func TestPlayerEntersAgainInTheCourseOfTheGame(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	h.create("r", 0)
	bob, ann := h.enter("r", "bob", ""), h.enter("r", "ann", "")
	h.must(bob, room.Ready, "")
	h.refused(h.do(ann, "", "take", 0, "1").Err, room.CodeNotYourTurn)
	h.lose(ann)
	again := h.enter("r", "ann", "")
	h.must(bob, "take", "1")
	h.must(again, "take", "1")
}

// A player who does not wait for a seat leaves no connection behind.
func TestEnteringTooLate(t *testing.T) {
	t.Parallel()
	journal := &gated{MemoryJournal: new(room.MemoryJournal), reached: make(chan struct{}), gate: make(chan struct{})}
	h, _ := open(t, room.Config{Journal: journal})
	h.create("r", 0)
	ctx, cancel := context.WithCancelCause(t.Context())
	impatient := errors.New("impatient")
	go func() {
		<-journal.reached
		cancel(impatient)
	}()
	if _, err := h.Enter(ctx, "r", "ann", ""); !errors.Is(err, impatient) {
		t.Fatal(err)
	}
	close(journal.gate)
	f, err := h.Follow(t.Context(), "r", room.NoSeat, 0)
	if err != nil {
		t.Fatal(err)
	}
	for {
		update, err := f.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range update.Events {
			if e.Type == event.PlayerDisconnected {
				h.enter("r", "ann", "")
				return
			}
		}
	}
}

// gated is a journal that holds what comes after a room's first event until its
// gate is closed.
type gated struct {
	*room.MemoryJournal
	reached, gate chan struct{}
}

func (g *gated) Append(ctx context.Context, id string, after uint64, events []event.Event) error {
	if after == 1 {
		close(g.reached)
		<-g.gate
	}
	return g.MemoryJournal.Append(ctx, id, after, events)
}

// Whoever has left for good does not play on beside the bot, even over a
// connection that is still there.
func TestPlayerWhoHasLeftDoesNotPlayOn(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, bob := h.started("r")
	h.must(ann, room.Leave, "")
	h.refused(h.do(ann, "", "take", 0, "1").Err, room.CodeOver)
	h.refused(h.do(bob, "", "take", 0, "1").Err, room.CodeNotYourTurn)
}
