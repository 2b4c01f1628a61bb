package liaptui_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/room"
)

// sharing is a host that runs the rooms that it holds, of records that others
// share.
type sharing struct {
	*house
	holds atomic.Bool
}

func share(t *testing.T, r *records, c liaptui.BotsConfig) *sharing {
	t.Helper()
	game := liaptui.New(liaptui.Config{})
	journal, err := room.NewStoredJournal(r, game)
	if err != nil {
		t.Fatal(err)
	}
	s := new(sharing)
	host, err := room.NewHost(room.Config{
		Games: []room.Rules{game}, Journal: journal, SnapshotEvery: 20,
		Holds: func(string) bool { return s.holds.Load() },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.house = runHouse(t, host, 2, c)
	return s
}

func all(string) bool { return true }

// hand hands all rooms over while they are played.
func hand(t *testing.T, from, to *sharing) {
	t.Helper()
	from.holds.Store(false)
	given := from.host.Give(t.Context(), all)
	if left := from.host.Rooms(); len(left) > 0 {
		t.Fatalf("%d rooms were given, and %d stay", len(given), len(left))
	}
	if _, err := to.host.Take(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	to.holds.Store(true)
}

// watch reads the next commits of a room, or returns false if there are no more.
func watch(ctx context.Context, t *testing.T, s *sharing, id string, commits int) bool {
	t.Helper()
	info, there := s.host.Info(id)
	if !there {
		t.Fatalf("no room %s", id)
	}
	f, err := s.host.Follow(ctx, id, room.NoSeat, info.Seq)
	for read := 0; err == nil && read < commits; read++ {
		_, err = f.Next(ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return err == nil
}

// Games that are handed to and fro between two hosts while bots play them end
// as they would have, and no event is missing, doubled or out of order.
func TestRoomsAreHandedOver(t *testing.T) {
	const games = 4
	undisturbed := runHouse(t, storedHost(t, new(records)), 2, liaptui.BotsConfig{})
	want := undisturbed.results(t, games)
	undisturbed.stop()

	written := new(records)
	bots := liaptui.BotsConfig{Think: time.Millisecond}
	one, other := share(t, written, bots), share(t, written, bots)
	one.holds.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n := range games {
		if _, err := one.host.Create(ctx, room.Spec{ID: fmt.Sprint("r", n), Game: liaptui.Name, Bots: 4, Seed: uint64(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := other.host.Create(ctx, room.Spec{ID: "r9", Game: liaptui.Name, Bots: 4}); !errors.Is(err, &room.Refusal{Code: room.CodeMoved}) {
		t.Errorf("a room that is not its own is opened: %v", err)
	}
	handed := 0
	for moved := true; moved; handed++ {
		moved = false
		for n := range games {
			moved = watch(ctx, t, one, fmt.Sprint("r", n), 10) || moved
		}
		hand(t, one, other)
		one, other = other, one
	}
	if handed < 5 {
		t.Errorf("handed over %d times only", handed)
	}
	for n := range games {
		events, err := one.host.Events(ctx, fmt.Sprint("r", n), 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			if events[i].RoomSeq != uint64(i)+1 {
				t.Fatalf("r%d: event %d follows %d", n, events[i].RoomSeq, i)
			}
		}
		i := slices.IndexFunc(events, func(e event.Event) bool { return e.Type == event.GameEnded })
		result := events[i].Data.(event.Result)
		result.DurationSeconds, want[n].DurationSeconds = 0, 0
		if got, want := encode(t, result), encode(t, want[n]); got != want {
			t.Errorf("r%d: %s, undisturbed %s", n, got, want)
		}
	}
	one.stop()
	other.stop()
}

// A follower of a room that is handed over is told that it has moved, once it
// has read all of it, and goes on at the other host.
func TestFollowerIsToldThatARoomHasMoved(t *testing.T) {
	written := new(records)
	one, other := share(t, written, liaptui.BotsConfig{Think: time.Hour}), share(t, written, liaptui.BotsConfig{Think: time.Hour})
	one.holds.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := one.host.Create(ctx, room.Spec{ID: "r0", Game: liaptui.Name, Bots: 4}); err != nil {
		t.Fatal(err)
	}
	f, err := one.host.Follow(ctx, "r0", room.NoSeat, 0)
	if err != nil {
		t.Fatal(err)
	}
	hand(t, one, other)
	for err == nil {
		_, err = f.Next(ctx)
	}
	refused(t, err, room.CodeMoved)
	_, err = one.host.Follow(ctx, "r0", room.NoSeat, 0)
	refused(t, err, room.CodeMoved)
	after, err := other.host.Follow(ctx, "r0", room.NoSeat, f.Seq())
	if err != nil {
		t.Fatal(err)
	}
	u, err := after.Next(ctx)
	if err != nil || u.Events[0].Type != event.GameResumed || u.Events[0].RoomSeq != f.Seq()+1 {
		t.Errorf("after %d comes %v, %v", f.Seq(), u.Events, err)
	}
	one.stop()
	other.stop()
}

// A room that was opened by a host when it had just lost that name is found when
// its name is wanted again.
func TestRoomOpenedAtTheLastMomentIsFound(t *testing.T) {
	written := new(records)
	one, other := share(t, written, liaptui.BotsConfig{Think: time.Hour}), share(t, written, liaptui.BotsConfig{Think: time.Hour})
	one.holds.Store(true)
	other.holds.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	spec := room.Spec{ID: "r0", Game: liaptui.Name, Bots: 4}
	if _, err := one.host.Create(ctx, spec); err != nil {
		t.Fatal(err)
	}
	if _, err := other.host.Create(ctx, spec); !errors.Is(err, room.ErrRoomExists) {
		t.Errorf("opened again: %v", err)
	}
	if _, there := other.host.Info("r0"); !there {
		t.Error("it was not taken")
	}
	one.stop()
	other.stop()
}
