package liaptui_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// hooked are records whose store is late, or fails.
type hooked struct {
	*records
	append, take func(id string) error

	mu    sync.Mutex
	letGo []string
}

func (h *hooked) Append(ctx context.Context, id string, after, last uint64, text []byte) error {
	if h.append != nil {
		if err := h.append(id); err != nil {
			return err
		}
	}
	return h.records.Append(ctx, id, after, last, text)
}

func (h *hooked) Take(ctx context.Context, id string) ([][]byte, []byte, error) {
	if h.take != nil {
		if err := h.take(id); err != nil {
			return nil, nil, err
		}
	}
	return h.records.Take(ctx, id)
}

func (h *hooked) LetGo(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.letGo = append(h.letGo, id)
}

// hookedHost runs a host of records with hooks.
func hookedHost(t *testing.T, r *hooked, holds func(string) bool) *house {
	t.Helper()
	game := liaptui.New(liaptui.Config{})
	journal, err := room.NewStoredJournal(r, game)
	if err != nil {
		t.Fatal(err)
	}
	host, err := room.NewHost(room.Config{Games: []room.Rules{game}, Journal: journal, Holds: holds})
	if err != nil {
		t.Fatal(err)
	}
	return runHouse(t, host, 1, liaptui.BotsConfig{Think: time.Hour})
}

var spec = room.Spec{ID: "r0", Game: liaptui.Name, Bots: rules.Seats - 1}

// blocked opens a room whose first record does not get into the store before the
// returned channel is closed.
func blocked(ctx context.Context, t *testing.T) (*house, *atomic.Bool, chan<- struct{}, <-chan error) {
	t.Helper()
	store, held := make(chan struct{}), new(atomic.Bool)
	held.Store(true)
	h := hookedHost(t, &hooked{records: new(records), append: func(string) error { <-store; return nil }}, func(string) bool { return held.Load() })
	answer := make(chan error, 1)
	go func() {
		_, err := h.host.Create(ctx, spec)
		answer <- err
	}()
	synctest.Wait()
	return h, held, store, answer
}

// A room that was let go before its first record was written is not promised: its
// new owner may have looked before that, and not know it.
func TestRoomLetGoWhileItIsOpenedIsNotPromised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, held, store, created := blocked(t.Context(), t)
		held.Store(false)
		h.host.Give(ended(t), all)
		close(store)
		refused(t, <-created, room.CodeMoved)
		h.stop()
	})
}

// A room whose creator has stopped waiting is there once its first record is, so
// that nothing is in the journal that nobody runs.
func TestRoomThatNobodyWaitsForIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h, _, store, created := blocked(ctx, t)
		cancel()
		if err := <-created; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		close(store)
		synctest.Wait()
		if _, err := h.host.Enter(t.Context(), "r0", "ann", ""); err != nil {
			t.Error(err)
		}
		if _, err := h.host.Create(t.Context(), spec); !errors.Is(err, room.ErrRoomExists) {
			t.Errorf("opened again: %v", err)
		}
		h.stop()
	})
}

// fenced is a host whose room r0 somebody else has written to, and who plays there.
func fenced(t *testing.T, r *hooked) (*house, room.Place) {
	t.Helper()
	h := hookedHost(t, r, nil)
	if _, err := h.host.Create(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	ann, err := h.host.Enter(t.Context(), "r0", "ann", "")
	if err != nil {
		t.Fatal(err)
	}
	late := hookedHost(t, &hooked{records: r.records}, nil)
	if _, err := late.host.Take(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	late.stop()
	answers := make(chan room.Answer, 1)
	if err := h.host.Play(t.Context(), ann, "x", room.Ready, 0, nil, func(a room.Answer) { answers <- a }); err != nil {
		t.Fatal(err)
	}
	refused(t, (<-answers).Err, room.CodeMoved)
	return h, ann
}

// A room that is let go because of somebody who was late is not gone: clients are
// told to come back until it has been taken again, and it is known where it has to
// be given.
func TestFencedRoomComesBack(t *testing.T) {
	h, ann := fenced(t, &hooked{records: new(records)})
	_, err := h.host.Enter(t.Context(), "r0", "ann", ann.Session)
	refused(t, err, room.CodeMoved)
	if ids := h.host.Fenced(); !slices.Equal(ids, []string{"r0"}) {
		t.Errorf("fenced: %v", ids)
	}
	if _, err := h.host.Take(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if ids := h.host.Fenced(); len(ids) > 0 {
		t.Errorf("taken, and still fenced: %v", ids)
	}
	if _, err := h.host.Enter(t.Context(), "r0", "ann", ann.Session); err != nil {
		t.Error(err)
	}
	h.stop()

	h, _ = fenced(t, &hooked{records: new(records)})
	if given := h.host.Give(t.Context(), all); !slices.Equal(given, []string{"r0"}) || len(h.host.Fenced()) > 0 {
		t.Errorf("given: %v, fenced: %v", given, h.host.Fenced())
	}
	h.stop()
}

// Two that take one room at the same time do not take it from each other.
func TestRoomIsTakenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := make(chan struct{})
		r := &hooked{records: new(records)}
		h, _ := fenced(t, r)
		r.take = func(string) error { <-store; return nil }
		taken := make(chan int, 2)
		for range cap(taken) {
			go func() {
				found, err := h.host.Take(t.Context(), all)
				if err != nil {
					t.Error(err)
				}
				taken <- len(found.Open)
			}()
		}
		synctest.Wait()
		close(store)
		if n := <-taken + <-taken; n != 1 {
			t.Errorf("taken %d times", n)
		}
		if ids := h.host.Fenced(); len(ids) > 0 {
			t.Errorf("fenced: %v", ids)
		}
		h.stop()
	})
}

// A fenced room that was not chosen, because it was not certain whose it is, stays
// fenced until it is, and is not taken for one that was forgotten.
func TestFencedRoomThatIsNotChosenStaysFenced(t *testing.T) {
	h, _ := fenced(t, &hooked{records: new(records)})
	asked := 0
	found, err := h.host.Take(t.Context(), func(string) bool { asked++; return asked > 1 })
	if ids := h.host.Fenced(); err != nil || len(found.Open) > 0 || !slices.Equal(ids, []string{"r0"}) {
		t.Errorf("took %v, %v; fenced: %v", found.Open, err, ids)
	}
	h.stop()
}

// Rooms that were read and then not taken are let go.
func TestRoomsThatAreNotTakenAreLetGo(t *testing.T) {
	r := &hooked{records: new(records)}
	h, _ := fenced(t, r)
	r.letGo = nil
	asked := 0
	_, err := h.host.Take(t.Context(), func(string) bool { asked++; return asked == 1 })
	if !errors.Is(err, room.ErrFenced) || !slices.Equal(r.letGo, []string{"r0"}) {
		t.Errorf("got %v, let go %v", err, r.letGo)
	}
	h.stop()
}

// A room whose going on the store has refused goes on later: nothing else would
// ask its bots and start its timers.
func TestRoomThatCouldNotResumeDoesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &hooked{records: new(records)}
		h, _ := fenced(t, r)
		var full atomic.Bool
		full.Store(true)
		r.append = func(string) error {
			if full.Load() {
				return errors.New("no space")
			}
			return nil
		}
		if _, err := h.host.Take(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		full.Store(false)
		time.Sleep(time.Minute)
		events, err := h.host.Events(t.Context(), "r0", 0)
		if err != nil {
			t.Fatal(err)
		}
		resumed := 0
		for i := range events {
			if events[i].Type == event.GameResumed {
				resumed++
			}
		}
		if resumed != 2 { // once elsewhere
			t.Errorf("resumed %d times", resumed)
		}
		h.stop()
	})
}
