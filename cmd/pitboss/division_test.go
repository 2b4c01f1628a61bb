package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/room"
)

// storeHere is an embedded store for the test.
func storeHere(t *testing.T) *natsqueue.Store {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	e, err := natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{Folder: t.TempDir(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Stop() })
	s, err := natsqueue.Open(t.Context(), natsqueue.Config{Embedded: e, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// A process that is no member yet holds nothing without a break.
func TestNoMemberHoldsNothing(t *testing.T) {
	t.Parallel()
	if held, err := new(division).hold()(t.Context()); held || err != nil {
		t.Errorf("%v, %v", held, err)
	}
}

// stubborn is a roomKeeper that takes nothing.
type stubborn struct{ asked int }

func (s *stubborn) take(context.Context, []int) error {
	s.asked++
	return errors.New("cannot be read")
}
func (*stubborn) taken([]int)                             {}
func (*stubborn) mend(context.Context, func(string) bool) {}
func (*stubborn) give(context.Context, []int)             {}
func (*stubborn) ending() bool                            { return false }

// Rooms that cannot be taken are not tried at every look: each time all of them
// are told that they have resumed.
func TestRoomsThatCannotBeTakenAreTriedNowAndThen(t *testing.T) {
	t.Parallel()
	rooms := new(stubborn)
	d := &division{store: storeHere(t), address: "http://here", rooms: rooms, log: slog.New(slog.DiscardHandler)}
	if err := d.join(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer d.leave(t.Context())
	d.failed = 10 // as after a while
	d.again = time.Time{}
	for range 20 {
		d.step(t.Context())
	}
	if rooms.asked != 2 {
		t.Errorf("asked %d times", rooms.asked)
	}
}

// Rooms are not left out because it was not certain for a moment that they are this
// process's: its share would be taken, and they would be nobody's.
func TestRoomsOfALapsedClaimAreTakenLater(t *testing.T) {
	t.Parallel()
	s := storeHere(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, ended := storedHost(t, s, 0), make(chan error, 2)
	go func() { ended <- first.Run(ctx) }()
	if _, err := first.Create(ctx, room.Spec{ID: "r", Game: liaptui.Name}); err != nil {
		t.Fatal(err)
	}
	next := storedHost(t, s, 0)
	go func() { ended <- next.Run(ctx) }()
	fresh := false
	for _, c := range []struct {
		fresh bool
		rooms int
		err   error
	}{{false, 0, natsqueue.ErrFenced}, {true, 1, nil}} {
		fresh = c.fresh
		right := claim{wanted: func(string) bool { return true }, fresh: func() bool { return fresh }}
		found, err := next.Take(ctx, right.mine)
		if err := errors.Join(err, right.err()); len(found.Open) != c.rooms || !errors.Is(err, c.err) {
			t.Errorf("fresh %v: took %v, %v", c.fresh, found.Open, err)
		}
	}
	cancel()
	for range cap(ended) {
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// Where all rooms are here, one that was let go all the same comes back.
func TestLetGoRoomComesBackWhereAllAreHere(t *testing.T) {
	t.Parallel()
	s := storeHere(t)
	ctx, cancel := context.WithCancel(t.Context())
	running := func() (*room.Host, <-chan error) {
		host, ended := storedHost(t, s, 0), make(chan error, 1)
		go func() { ended <- host.Run(ctx) }()
		return host, ended
	}
	host, ended := running()
	if _, err := host.Create(ctx, room.Spec{ID: "r", Game: liaptui.Name}); err != nil {
		t.Fatal(err)
	}
	late, lateEnded := running()
	if _, err := late.Take(ctx, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Enter(ctx, "r", "ann", ""); !errors.Is(err, &room.Refusal{Code: room.CodeMoved}) {
		t.Fatalf("got %v", err)
	}
	p := &parts{host: host, log: slog.New(slog.DiscardHandler), tables: new(tables)}
	mended := make(chan error, 1)
	go func() { mended <- p.mendAlone(ctx) }()
	for {
		_, err := host.Enter(ctx, "r", "ann", "")
		if err == nil {
			break
		}
		if !errors.Is(err, &room.Refusal{Code: room.CodeMoved}) {
			t.Fatal(err)
		}
		pause(t, 20*time.Millisecond)
	}
	cancel()
	for _, c := range []<-chan error{ended, lateEnded, mended} {
		if err := <-c; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
