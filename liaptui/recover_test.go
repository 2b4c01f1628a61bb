package liaptui_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// records is a [room.Records] in memory.
type records struct {
	mu      sync.Mutex
	written []written
}

type written struct {
	room        string
	after, last uint64
	text        []byte
}

func (r *records) Append(_ context.Context, id string, after, last uint64, text []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := uint64(0)
	for _, w := range slices.Backward(r.written) {
		if w.room == id {
			end = w.last
			break
		}
	}
	if end != after {
		return fmt.Errorf("%d, not %d: %w", end, after, room.ErrFenced)
	}
	r.written = append(r.written, written{id, after, last, text})
	return nil
}

func (r *records) upTo(n int) []written {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.written[:min(n, len(r.written))])
}

func (r *records) Read(_ context.Context, id string, after uint64, each func([]byte) error) error {
	for _, w := range r.upTo(len(r.written)) {
		if w.room == id && w.last > after {
			if err := each(w.text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *records) Each(_ context.Context, each func(string, []byte) error) error {
	for _, w := range r.upTo(len(r.written)) {
		if err := each(w.room, w.text); err != nil {
			return err
		}
	}
	return nil
}

func (r *records) Forget(context.Context, string) error { return nil }

func storedHost(t *testing.T, r *records, observers ...room.Observer) *room.Host {
	t.Helper()
	game := liaptui.New(liaptui.Config{})
	journal, err := room.NewStoredJournal(r, game)
	if err != nil {
		t.Fatal(err)
	}
	host, err := room.NewHost(room.Config{Games: []room.Rules{game}, Journal: journal, Observers: observers})
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// A room that is read from its journal after any number of commands is, to the
// byte, what it was when that had been written.
func TestRecoveredRoomsAreWhatTheyWere(t *testing.T) {
	full := new(records)
	recorded := &recorder{t, make(map[uint64][]string)}
	h := runHouse(t, storedHost(t, full, recorded), 2, liaptui.BotsConfig{})
	h.results(t, 1)
	h.stop()
	all := full.upTo(1 << 20)
	for n := 1; n <= len(all); n += 7 {
		host := storedHost(t, &records{written: slices.Clone(all[:n])})
		found, err := host.Recover(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		past, err := host.Present("r0")
		if err != nil {
			t.Fatal(err)
		}
		if open := slices.Contains(found.Open, "r0"); past.Seq() != all[n-1].last || open != (n < len(all)) {
			t.Fatalf("after %d commands: recovered %v at %d, want %d", n, found, past.Seq(), all[n-1].last)
		}
		info, _ := host.Info("r0")
		got, want := views(t, past), recorded.views[past.Seq()]
		if spectator := encode(t, info.View); !slices.Equal(got, want) || spectator != want[0] {
			t.Fatalf("after %d commands seats see\n%s, before\n%s", n, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		_ = host.Queue().Close(ended(t)) // with what would have resumed the room
	}
}

// Bots play a recovered room on to the result that it would have had.
func TestRecoveredGamesEndAsTheyWouldHave(t *testing.T) {
	full := new(records)
	h := runHouse(t, storedHost(t, full), 1, liaptui.BotsConfig{})
	want := encode(t, h.results(t, 1))
	h.stop()
	all := full.upTo(1 << 20)
	for _, n := range []int{1, 2, len(all) / 3, len(all) - 2} {
		host := storedHost(t, &records{written: slices.Clone(all[:n])})
		if _, err := host.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		h := runHouse(t, host, 1, liaptui.BotsConfig{})
		if got := encode(t, h.follow(t, 1)); got != want {
			t.Errorf("cut after %d commands: %s, want %s", n, got, want)
		}
		h.stop()
	}
}

// A host whose rooms somebody else has taken over lets go of them.
func TestFencedRoomIsLetGo(t *testing.T) {
	shared := new(records)
	first := runHouse(t, storedHost(t, shared), 1, liaptui.BotsConfig{Think: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := first.host.Create(ctx, room.Spec{ID: "r0", Game: liaptui.Name, Bots: rules.Seats - 1}); err != nil {
		t.Fatal(err)
	}
	ann, err := first.host.Enter(ctx, "r0", "ann", "")
	if err != nil {
		t.Fatal(err)
	}
	f, err := first.host.Follow("r0", ann.Seat, ann.Seq)
	if err != nil {
		t.Fatal(err)
	}

	host := storedHost(t, shared)
	if _, err := host.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	second := runHouse(t, host, 1, liaptui.BotsConfig{Think: time.Hour})
	if _, err := host.Enter(ctx, "r0", "ann", ann.Session); err != nil { // and so the room has moved on
		t.Fatal(err)
	}
	answers := make(chan room.Answer, 1)
	if err := first.host.Play(ctx, ann, "x", room.Ready, 0, nil, func(a room.Answer) { answers <- a }); err != nil {
		t.Fatal(err)
	}
	refused(t, (<-answers).Err, room.CodeNoRoom)
	if _, there := first.host.Info("r0"); there {
		t.Error("the room is still there")
	}
	if u, err := f.Next(ctx); err == nil {
		t.Errorf("its follower reads %v", u)
	}
	first.stop()
	second.stop()
}

// ended is a context that has.
func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
