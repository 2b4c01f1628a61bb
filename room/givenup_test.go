package room_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// refusing is a journal that takes nothing for as long as it is full.
type refusing struct {
	room.MemoryJournal
	full atomic.Bool
}

var errFull = errors.New("no space")

func (r *refusing) Append(ctx context.Context, id string, after uint64, events []event.Event) error {
	if r.full.Load() {
		return errFull
	}
	return r.MemoryJournal.Append(ctx, id, after, events)
}

// A command that was given up on has been answered: when it is put back, it is
// done, and nobody is told a second time.
func TestCommandThatIsPutBackIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := new(refusing)
		dead, err := deadletter.New(deadletter.Config[room.Command]{})
		if err != nil {
			t.Fatal(err)
		}
		h, stop := open(t, room.Config{Journal: journal, DeadLetters: dead})
		defer stop()
		dead.AddOrigin("commands", deadletter.Into(h.Queue()))
		ann, bob := h.started("r")
		journal.full.Store(true)
		var answers atomic.Int32
		err = h.Play(t.Context(), ann, "c1", "take", 0, []byte("2"), func(a room.Answer) {
			h.refused(a.Err, room.CodeInternal)
			answers.Add(1)
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		journal.full.Store(false)
		held, _, err := dead.List(deadletter.Filter{})
		if err != nil || len(held) != 1 {
			t.Fatalf("%d dead letters, %v", len(held), err)
		}
		if err := dead.Retry(t.Context(), held[0].ID); err != nil {
			t.Fatal(err)
		}
		h.must(bob, "take", "1") // which is after it
		if answers.Load() != 1 {
			t.Errorf("answered %d times", answers.Load())
		}
	})
}

// A lost connection that the journal did not take is told to the room once it
// does: otherwise the seat's player would be taken for present for ever.
func TestLostConnectionIsToldOnceTheJournalTakesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := new(refusing)
		h, stop := open(t, room.Config{Journal: journal})
		defer stop()
		h.create("r", 0)
		ann := h.enter("r", "ann", "")
		journal.full.Store(true)
		h.lose(ann)
		time.Sleep(time.Minute)
		journal.full.Store(false)
		time.Sleep(time.Minute)
		if h.info("r").Seats[ann.Seat].Connected {
			t.Error("the room believes that ann is connected")
		}
	})
}
