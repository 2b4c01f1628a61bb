package liaptui_test

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	saved   []written // snapshots; after is how much had been written then
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
	for _, w := range r.upTo(math.MaxInt) {
		if w.room == id && w.last > after {
			if err := each(w.text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *records) Save(_ context.Context, id string, seq uint64, text []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved = append(r.saved, written{id, uint64(len(r.written)), seq, text})
	return nil
}

// cut is what there was after n commands.
func (r *records) cut(n int) *records {
	c := &records{written: r.upTo(n)}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.saved {
		if w.after <= uint64(n) {
			c.saved = append(c.saved, w)
		}
	}
	return c
}

// cutOut loses a record.
func (r *records) cutOut(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written = slices.Delete(r.written, n, n+1)
}

func (r *records) Rooms(context.Context) (rooms []string, err error) {
	for _, w := range r.upTo(math.MaxInt) {
		if w.after == 0 {
			rooms = append(rooms, w.room)
		}
	}
	return rooms, nil
}

func (r *records) Take(_ context.Context, id string) (texts [][]byte, snapshot []byte, err error) {
	var saved written
	r.mu.Lock()
	for _, w := range r.saved {
		if w.room == id {
			saved = w
		}
	}
	r.mu.Unlock()
	for _, w := range r.upTo(math.MaxInt) {
		if w.room == id && (w.after == 0 || w.last > saved.last) {
			texts = append(texts, w.text)
		}
	}
	return texts, saved.text, nil
}

func (r *records) Size(id string) (bytes int64) {
	for _, w := range r.upTo(math.MaxInt) {
		if w.room == id {
			bytes += int64(len(w.text))
		}
	}
	return bytes
}

func (r *records) LetGo(string) {}

func (r *records) Forget(context.Context, string) error { return nil }

func storedHost(t *testing.T, r *records, observers ...room.Observer) *room.Host {
	t.Helper()
	return snapshotHost(t, r, 0, observers...)
}

func snapshotHost(t *testing.T, r *records, every int, observers ...room.Observer) *room.Host {
	t.Helper()
	game := liaptui.New(liaptui.Config{})
	journal, err := room.NewStoredJournal(r, game)
	if err != nil {
		t.Fatal(err)
	}
	host, err := room.NewHost(room.Config{Games: []room.Rules{game}, Journal: journal, Observers: observers, SnapshotEvery: every})
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// A room that is recovered after any number of commands is, to the byte, what it
// was when they had been written: from its journal alone, from its last snapshot
// and what came after, and from its journal where the snapshot cannot be read.
func TestRecoveredRoomsAreWhatTheyWere(t *testing.T) {
	full := new(records)
	recorded := &recorder{t, make(map[uint64][]string)}
	h := runHouse(t, snapshotHost(t, full, 5, recorded), 2, liaptui.BotsConfig{})
	h.results(t, 1)
	h.stop()
	all := full.upTo(1 << 20)
	if len(full.saved) < len(all)/10 {
		t.Fatalf("%d snapshots of %d commands", len(full.saved), len(all))
	}
	for name, snapshots := range map[string]func(*records){
		"none":       func(r *records) { r.saved = nil },
		"the last":   func(*records) {},
		"unreadable": func(r *records) { r.saved = append(r.saved, written{"r0", 0, 6, []byte(`{"version":1,`)}) },
	} {
		for n := 1; n <= len(all); n += 13 {
			stored := full.cut(n)
			snapshots(stored)
			host := storedHost(t, stored)
			found, err := host.Recover(t.Context())
			if err != nil {
				t.Fatalf("%s, after %d commands: %v", name, n, err)
			}
			past, err := host.Present(t.Context(), "r0")
			if err != nil {
				t.Fatal(err)
			}
			if open := slices.Contains(found.Open, "r0"); past.Seq() != all[n-1].last || open != (n < len(all)) {
				t.Fatalf("%s, after %d commands: recovered %v at %d, want %d", name, n, found, past.Seq(), all[n-1].last)
			}
			want := recorded.views[past.Seq()]
			for what, got := range map[string][]string{"from the journal": views(t, past), "live": live(t, host)} {
				if !slices.Equal(got, want) {
					t.Fatalf("%s, after %d commands, %s, seats see\n%s, before\n%s", name, n, what,
						strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
			_ = host.Queue().Close(ended(t)) // with what would have resumed the room
		}
	}
}

// live is what spectators and seats see of r0.
func live(t *testing.T, host *room.Host) []string {
	t.Helper()
	var seen []string
	for seat := room.NoSeat; seat < rules.Seats; seat++ {
		f, err := host.Follow(t.Context(), "r0", seat, math.MaxUint64)
		if err != nil {
			t.Fatal(err)
		}
		view, _ := f.Now()
		seen = append(seen, encode(t, view))
	}
	return seen
}

// A follower of a recovered room reads what happened before its snapshot from
// the journal, and then goes on, each event once and in order.
func TestFollowersReadWhatIsOlderThanTheSnapshot(t *testing.T) {
	full := new(records)
	h := runHouse(t, snapshotHost(t, full, 5), 1, liaptui.BotsConfig{})
	h.results(t, 1)
	h.stop()
	all := full.upTo(1 << 20)
	host := storedHost(t, full)
	if _, err := host.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := all[len(all)-1].last
	for _, since := range []uint64{0, 1, 17, last - 1, last} {
		f, err := host.Follow(t.Context(), "r0", room.NoSeat, since)
		if err != nil {
			t.Fatal(err)
		}
		at := since
		for {
			u, err := f.Next(t.Context())
			if err != nil {
				break
			}
			for _, e := range u.Events {
				if at++; e.RoomSeq != at {
					t.Fatalf("since %d: event %d, want %d", since, e.RoomSeq, at)
				}
			}
		}
		if at != last {
			t.Errorf("since %d: read up to %d, want %d", since, at, last)
		}
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
		host := storedHost(t, full.cut(n))
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

// What a journal has lost of a room's past is a fault, not a room that is not
// there, and no other events stand in for it.
func TestLostPastIsAFault(t *testing.T) {
	full := new(records)
	h := runHouse(t, snapshotHost(t, full, 50), 1, liaptui.BotsConfig{})
	h.results(t, 1)
	h.stop()
	full.cutOut(5)
	host := snapshotHost(t, full, 50)
	if _, err := host.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, info := range host.Rooms() {
		events, err := host.Events(t.Context(), info.Room, 0)
		if _, refused := errors.AsType[*room.Refusal](err); err == nil || refused {
			t.Errorf("%s: %d events, %v", info.Room, len(events), err)
		}
		if events, err = host.Events(t.Context(), info.Room, info.Seq-1); len(events) != 1 || err != nil {
			t.Errorf("%s: %d events after the last but one, %v", info.Room, len(events), err)
		}
	}
}

// A host whose rooms somebody else has taken over lets go of them.
func TestFencedRoomIsLetGo(t *testing.T) {
	shared := new(records)
	first := runHouse(t, storedHost(t, shared), 1, liaptui.BotsConfig{Think: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := first.host.Create(ctx, room.Spec{ID: "r0", Game: liaptui.Name, Bots: rules.Seats - 1}); err != nil {
		t.Fatal(err)
	}
	ann, err := first.host.Enter(ctx, "r0", "ann", "")
	if err != nil {
		t.Fatal(err)
	}
	f, err := first.host.Follow(t.Context(), "r0", ann.Seat, ann.Seq)
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
	refused(t, (<-answers).Err, room.CodeMoved)
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
