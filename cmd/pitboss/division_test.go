package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/visual"
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

// A process that others may take for gone shows its rooms as stuck, and why.
func TestRoomsOfAProcessThatIsSilentAreStuck(t *testing.T) {
	t.Parallel()
	s, log := storeHere(t), slog.New(slog.DiscardHandler)
	records, err := s.OpenJournal(t.Context(), "rooms")
	if err != nil {
		t.Fatal(err)
	}
	c := config{store: "nats://here", advertise: "here"}
	journal, err := room.NewStoredJournal(records, games(c)...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newParts(t.Context(), c, &store{nats: s, journal: journal}, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	shown := func() visual.RoomStatus {
		status, _ := p.monitor.Visual().Room("r")
		return status
	}
	p.monitor.Observe(&room.Commit{Room: "r", Time: time.Now(), Events: []event.Event{{Type: event.RoomCreated}}})
	if got := shown(); got.Health != visual.Healthy {
		t.Errorf("before it is a member: %+v", got)
	}
	if err := p.division.join(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := shown(); got.Health != visual.Healthy {
		t.Errorf("as a member: %+v", got)
	}
	member := p.division.member.Load()
	if err := member.Leave(t.Context()); err != nil { // nothing renews its record any more
		t.Fatal(err)
	}
	for member.Fresh() {
		pause(t, 20*time.Millisecond)
	}
	got := shown()
	if got.Stuck == nil || got.Stuck.Reason != visual.OwnerGone || !strings.Contains(got.Stuck.Detail, member.ID()) {
		t.Errorf("as one that is silent: %+v, %+v", got, got.Stuck)
	}
	p.division.give(t.Context(), p.division.all())
	if name, alive := p.division.Owner("r"); !alive {
		t.Errorf("between owners it is said to be %q's, who is gone", name)
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
