package room_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a running host, and the answers of whoever plays there.
type house struct {
	*testing.T
	*room.Host
	journal *room.MemoryJournal
}

// open runs a host until the test ends, or until the returned function is
// called.
func open(t *testing.T, c room.Config) (*house, func()) {
	t.Helper()
	journal := new(room.MemoryJournal)
	if c.Games == nil {
		c.Games = []room.Rules{newNim(0)}
	}
	if c.Journal == nil {
		c.Journal = journal
	}
	c.Log = slog.New(slog.DiscardHandler)
	host, err := room.NewHost(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		// With nobody handling, closing waits for its context; this one is over.
		_ = host.Queue().Close(ctx)
	})
	t.Cleanup(stop)
	return &house{t, host, journal}, stop
}

func (h *house) create(id string, bots int) {
	h.Helper()
	if _, err := h.Create(h.Context(), room.Spec{ID: id, Game: "nim", Bots: bots}); err != nil {
		h.Fatal(err)
	}
}

func (h *house) enter(id, player, session string) room.Place {
	h.Helper()
	place, err := h.Enter(h.Context(), id, player, session)
	if err != nil {
		h.Fatal(err)
	}
	return place
}

// do plays a person's command and returns its answer.
func (h *house) do(p room.Place, id, command string, turn uint64, data string) room.Answer {
	h.Helper()
	answers := make(chan room.Answer, 1)
	err := h.Play(h.Context(), p, id, command, turn, []byte(data), func(a room.Answer) { answers <- a })
	if err != nil {
		return room.Answer{Err: err}
	}
	return <-answers
}

func (h *house) must(p room.Place, command, data string) {
	h.Helper()
	if a := h.do(p, "", command, 0, data); a.Err != nil {
		h.Fatalf("%s %s of %s: %v", command, data, p.Player, a.Err)
	}
}

// refused checks that an error is a refusal with the code.
func (h *house) refused(err error, code string) {
	h.Helper()
	if !errors.Is(err, &room.Refusal{Code: code}) {
		h.Errorf("got %v, want a refusal with code %s", err, code)
	}
}

// started opens a room in which ann and bob play.
func (h *house) started(id string) (ann, bob room.Place) {
	h.Helper()
	h.create(id, 0)
	ann, bob = h.enter(id, "ann", ""), h.enter(id, "bob", "")
	h.must(ann, room.Ready, "")
	return ann, bob
}

// finish has a game played to its end.
func (h *house) finish(ann, bob room.Place) {
	h.Helper()
	h.must(ann, "take", "3")
	h.must(bob, "take", "3")
	h.must(ann, "take", "1")
	h.do(ann, "", "take", 0, "1") // a room retires after its last answer; this waits for it
}

// read returns all events of a room after since, as a follower gets them; it
// waits for the room to close if wait is set.
func (h *house) read(id string, seat int, since uint64) []event.Event {
	h.Helper()
	f, err := h.Follow(h.Context(), id, seat, since)
	if err != nil {
		h.Fatal(err)
	}
	var events []event.Event
	for {
		update, wait, err := f.Poll()
		if wait != nil || errors.Is(err, io.EOF) {
			return events
		}
		events = append(events, update.Events...)
	}
}

func (h *house) info(id string) room.Info {
	h.Helper()
	info, ok := h.Info(id)
	if !ok {
		h.Fatalf("no room %s", id)
	}
	return info
}

func (h *house) sticks(id string) int { return h.info(id).View.(nim).Sticks }

func TestNimIsPlayedToTheEnd(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, bob := h.started("r")
	for i, p := range []room.Place{ann, bob, ann} {
		h.must(p, "take", []string{"3", "1", "3"}[i])
	}
	info := h.info("r")
	if !info.Closed || info.Result == nil || info.Result.Outcome != event.Completed || info.Result.Winners[0] != 0 {
		t.Errorf("ended as %+v", info)
	}
	h.refused(h.do(bob, "", "take", 0, "1").Err, room.CodeOver)
	for i, e := range h.read("r", room.NoSeat, 0) {
		if e.RoomSeq != uint64(i+1) {
			t.Fatalf("event %d has sequence %d", i+1, e.RoomSeq)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	h.create("r", 0)
	ann := h.enter("r", "ann", "")
	_, err := h.Enter(t.Context(), "r", "ann", "")
	h.refused(err, room.CodeSeatTaken)
	h.refused(h.do(ann, "", "take", 0, "1").Err, room.CodeNotStarted)
	bob := h.enter("r", "bob", "")
	_, err = h.Enter(t.Context(), "r", "eve", "")
	h.refused(err, room.CodeFull)
	h.must(bob, room.Ready, "")
	if h.info("r").StartedAt != nil {
		t.Error("a guest started the game")
	}
	h.must(ann, room.Ready, "")
	_, err = h.Enter(t.Context(), "r", "eve", "")
	h.refused(err, room.CodeStarted)
	_, err = h.Enter(t.Context(), "r", "ann", "guessed")
	h.refused(err, room.CodeSession)
	_, err = h.Enter(t.Context(), "elsewhere", "ann", "")
	h.refused(err, room.CodeNoRoom)

	before := h.info("r").Seq
	for _, c := range []struct {
		p             room.Place
		command, data string
		code          string
	}{
		{bob, "take", "1", room.CodeNotYourTurn},
		{ann, "take", "4", "illegal_take"},
		{ann, "take", `"x"`, room.CodeBadData},
		{ann, "steal", "1", room.CodeUnknown},
		{ann, room.Ready, "", room.CodeStarted},
		{ann, room.Join, "1", room.CodeUnknown},
		{ann, room.Start, "1", room.CodeUnknown},
		{ann, room.Timeout, "1", room.CodeUnknown},
		{ann, "open", "1", room.CodeUnknown},
		{ann, "connect", "1", room.CodeUnknown},
		{ann, "disconnect", "1", room.CodeUnknown},
		{ann, "timer", "1", room.CodeUnknown},
	} {
		h.refused(h.do(c.p, "", c.command, 0, c.data).Err, c.code)
	}
	if after := h.info("r").Seq; after != before {
		t.Errorf("refusals wrote events %d to %d", before+1, after)
	}
}

func TestRepeatedCommandHasOneEffect(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, bob := h.started("r")
	first := h.do(ann, "c1", "take", 0, "2")
	h.must(bob, "take", "1")
	again := h.do(ann, "c1", "take", 0, "2")
	if first.Err != nil || first != again {
		t.Errorf("answers %+v and %+v", first, again)
	}
	if sticks := h.sticks("r"); sticks != 4 {
		t.Errorf("%d sticks are left, want 4", sticks)
	}
	// A refusal repeats too, even when the command would be legal by now.
	h.refused(h.do(bob, "c1", "take", 0, "1").Err, room.CodeNotYourTurn)
	h.must(ann, "take", "1")
	h.refused(h.do(bob, "c1", "take", 0, "1").Err, room.CodeNotYourTurn)
}

func TestRepeatedCommandsAreAPlayersOwn(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	h.create("r", 0)
	ann := h.enter("r", "ann", "")
	h.refused(h.do(ann, "c1", "take", 0, "1").Err, room.CodeNotStarted)
	h.must(ann, room.Leave, "")
	eve, bob := h.enter("r", "eve", ""), h.enter("r", "bob", "")
	if eve.Seat != ann.Seat {
		t.Fatalf("eve sits in seat %d", eve.Seat)
	}
	h.must(eve, room.Ready, "")
	if a := h.do(eve, "c1", "take", 0, "1"); a.Err != nil {
		t.Errorf("eve got ann's answer: %v", a.Err)
	}
	_ = bob
}

func TestStaleTurnIsRefused(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, bob := h.started("r")
	if a := h.do(ann, "", "take", 2, "1"); a.Err != nil {
		t.Fatal(a.Err)
	}
	h.must(bob, "take", "1")
	h.refused(h.do(ann, "", "take", 2, "1").Err, room.CodeStale)
	if a := h.do(ann, "", "take", 4, "1"); a.Err != nil {
		t.Error(a.Err)
	}
}

func TestComingBack(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, bob := h.started("r")
	seen := h.info("r").Seq
	if err := h.Lose(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	back := h.enter("r", "ann", ann.Session)
	if back.Seat != ann.Seat || back.Session != ann.Session {
		t.Errorf("came back to %+v, not %+v", back, ann)
	}
	// The old connection's end comes late, and is not the new one's.
	if err := h.Lose(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	h.must(back, "take", "3")
	h.must(bob, "take", "1")
	if !h.info("r").Seats[0].Connected {
		t.Error("the old connection took the new one down")
	}
	whole := h.read("r", ann.Seat, 0)
	for since := range uint64(len(whole)) {
		missed := h.read("r", ann.Seat, since)
		if len(missed) != len(whole)-int(since) || missed[0].RoomSeq != since+1 {
			t.Fatalf("since %d: %d events of %d", since, len(missed), len(whole))
		}
	}
	if rest := h.read("r", ann.Seat, uint64(len(whole))); len(rest) != 0 {
		t.Errorf("%d events after the last", len(rest))
	}
	var got []event.Type
	for _, e := range h.read("r", ann.Seat, seen) {
		got = append(got, e.Type)
	}
	want := []event.Type{
		event.PlayerDisconnected, event.PlayerReconnected,
		event.PlayerAction, tookSticks, event.PlayerAction, tookSticks,
	}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestPanicInAGameLeavesTheHostAlive(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, _ := h.started("r")
	before := h.info("r").Seq
	h.refused(h.do(ann, "", "panic", 0, "1").Err, room.CodeInternal)
	if info := h.info("r"); info.Seq != before || info.Errors != 1 {
		t.Errorf("sequence %d, was %d; %d errors", info.Seq, before, info.Errors)
	}
	h.must(ann, "take", "1")
}

func TestFencedJournalStopsTheRoom(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	ann, _ := h.started("r")
	seq := h.info("r").Seq
	foreign := []event.Event{{Room: "r", RoomSeq: seq + 1, Type: event.PlayerReady}}
	if err := h.journal.Append(t.Context(), "r", seq, foreign); err != nil {
		t.Fatal(err)
	}
	if err := h.journal.Append(t.Context(), "r", seq, foreign); !errors.Is(err, room.ErrFenced) {
		t.Errorf("a second writer got %v", err)
	}
	h.refused(h.do(ann, "", "take", 0, "1").Err, room.CodeMoved)
	if info, there := h.Info("r"); there {
		t.Errorf("the room goes on at %d without its journal", info.Seq)
	}
}

func TestFinishedRoomsAreRetained(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{RetainFinished: 2, MaxRooms: 1})
	for n := range 4 {
		id := "r" + strconv.Itoa(n)
		ann, bob := h.started(id)
		if n == 0 {
			_, err := h.Create(t.Context(), room.Spec{ID: "more", Game: "nim"})
			if !errors.Is(err, room.ErrTooManyRooms) {
				t.Errorf("a second room: %v", err)
			}
		}
		h.finish(ann, bob)
	}
	h.lastTwo(h.journal)
}

// lastTwo checks that of the rooms r0 to r3 the last two are left.
func (h *house) lastTwo(journal room.Journal) {
	h.Helper()
	var left []string
	for _, info := range h.Rooms() {
		left = append(left, info.Room)
	}
	if len(left) != 2 || left[0] != "r2" || left[1] != "r3" {
		h.Errorf("rooms %v are left, want the last two", left)
	}
	if events, _ := journal.Read(h.Context(), "r0", 0); len(events) > 0 {
		h.Error("the journal of a forgotten room is left")
	}
}

func TestSweepForgetsRoomsThatClosedLongAgo(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	h.finish(h.started("over"))
	h.started("open")
	closed := h.info("over").Last
	if n := h.Sweep(t.Context(), closed); n != 0 {
		t.Errorf("%d rooms were forgotten too early", n)
	}
	if n := h.Sweep(t.Context(), closed.Add(time.Hour)); n != 1 {
		t.Errorf("%d rooms were forgotten, want the closed one", n)
	}
	if rooms := h.Rooms(); len(rooms) != 1 || rooms[0].Room != "open" {
		t.Errorf("%v are left, want the open room", rooms)
	}
	if events, _ := h.journal.Read(t.Context(), "over", 0); len(events) > 0 {
		t.Error("the journal of a forgotten room is left")
	}
}

func TestCreateSaysEveryFault(t *testing.T) {
	t.Parallel()
	h, _ := open(t, room.Config{})
	_, err := h.Create(t.Context(), room.Spec{ID: "no good", Game: "chess"})
	if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), "no good") || !strings.Contains(err.Error(), "chess") {
		t.Errorf("got %v", err)
	}
	h.create("r", 0)
	if _, err := h.Create(t.Context(), room.Spec{ID: "r", Game: "nim"}); !errors.Is(err, room.ErrRoomExists) {
		t.Errorf("got %v", err)
	}
}

func TestReplayGivesEveryStateAgain(t *testing.T) {
	t.Parallel()
	rules := newNim(0)
	h, _ := open(t, room.Config{Games: []room.Rules{rules}})
	ann, bob := h.started("r")
	states := map[uint64]nim{h.info("r").Seq: {7, 2}}
	for i, p := range []room.Place{ann, bob, ann} {
		h.must(p, "take", []string{"3", "1", "3"}[i])
		info := h.info("r")
		states[info.Seq] = info.View.(nim)
	}
	events, _ := h.Events(t.Context(), "r", 0)
	for seq, want := range states {
		past, err := room.Replay(rules, events[:seq])
		if err != nil {
			t.Fatal(err)
		}
		if past.State() != want || past.Seq() != seq {
			t.Errorf("at %d: %+v, want %+v", seq, past.State(), want)
		}
	}
	if _, err := room.Replay(rules, events[1:]); err == nil {
		t.Error("a journal without its beginning was replayed")
	}
}

// A room that was opened while another host may have taken over is not promised:
// that host may not know it.
func TestRoomOpenedTooLateIsNotPromised(t *testing.T) {
	t.Parallel()
	silent := errors.New("silent")
	for name, c := range map[string]struct {
		held bool
		err  error
		want error
	}{
		"held":      {true, nil, nil},
		"lost":      {false, nil, &room.Refusal{Code: room.CodeMoved}},
		"uncertain": {false, silent, silent},
	} {
		h, stop := open(t, room.Config{Hold: func() func(context.Context) (bool, error) {
			return func(context.Context) (bool, error) { return c.held, c.err }
		}})
		if _, err := h.Create(t.Context(), room.Spec{ID: "late", Game: "nim"}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		stop()
	}
}
