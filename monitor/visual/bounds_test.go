package visual_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

// life is all that happens in one room, of a person with a name of their own.
func life(observe func(*room.Commit), now time.Time, n int) {
	id, player := "room-"+strconv.Itoa(n), "player-"+strconv.Itoa(n)
	seat := func(kind event.Type) event.Event {
		return event.Event{Type: kind, Player: player, CorrelationID: player, Data: event.Seat{Seat: 0, PlayerType: "human"}}
	}
	step := func(events ...event.Event) { observe(at(now, id, events...)) }
	step(opened)
	step(seat(event.RoomJoined), seat(event.PlayerConnected))
	step(event.Event{Type: event.GameStarted, Data: event.Start{}}, change("WAITING", "TURN"))
	refused := at(now, id, event.Event{Type: event.ActionRejected, Player: player, Data: event.Action{Seat: 0, Action: player, Code: "no"}})
	refused.Err = room.Refuse("no", "no")
	observe(refused)
	step(event.Event{Type: event.PlayerAction, Player: player, Data: event.Action{Seat: 0, Action: "say", PlayerType: "human"}}, change("TURN", "OVER"))
	step(event.Event{Type: event.GameEnded, Data: event.Result{Outcome: event.Completed, Winners: []int{0}}}, closed)
	observe(at(now, id)) // a timer that comes when all is over
}

func change(from, to string) event.Event {
	return event.Event{Type: event.StateChanged, Data: event.StateChange{From: from, To: to, DurationMS: 5}}
}

// 100,000 rooms and players come and go; neither the series nor what is
// remembered grows with them, and no label tells of one.
func TestManyComeAndGo(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	stats := gamestats.New(gamestats.Config{Now: clock})
	v, err := visual.New(visual.Config{Now: clock, MaxPlayers: 1000})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(stats, v)
	observe := func(c *room.Commit) {
		stats.Observe(c)
		v.Observe(c)
	}
	come := func(from, to int) {
		for n := from; n < to; n++ {
			now = now.Add(50 * time.Millisecond)
			life(observe, now, n)
		}
	}
	come(0, 5000)
	series, entries := len(gathered(t, registry)), v.Entries()
	come(5000, 100_000)
	if got := len(gathered(t, registry)); got != series {
		t.Errorf("%d series after 100,000 rooms, %d after 5,000", got, series)
	}
	if got := v.Entries(); got != entries || got.Rooms > 1000 || got.Players > 1000 {
		t.Errorf("%+v is kept after 100,000 rooms, %+v after 5,000", got, entries)
	}
	for name := range gathered(t, registry) {
		if strings.Contains(name, "room-") || strings.Contains(name, "player-") {
			t.Errorf("%s tells of a room or a player", name)
		}
	}
	checkLabels(t, registry)
	now = now.Add(25 * time.Hour)
	if got := v.Entries(); got.Rooms != 0 || got.Players != 0 {
		t.Errorf("%+v is kept a day later", got)
	}
	if n := gathered(t, registry).sum("pitboss_state_rooms"); n != 0 {
		t.Errorf("%g rooms are counted and none is there", n)
	}
	// What was forgotten while it was open leaves no trace either.
	observe(at(now, "left", opened))
	stats.Forget("left")
	v.Forget("left")
	if n := gathered(t, registry); n.sum("pitboss_state_rooms") != 0 || v.Entries().Rooms != 0 {
		t.Error("a room that somebody else runs now is still counted")
	}
}

// checkLabels forbids what would grow without bound, and what the library's
// linter finds.
func checkLabels(t *testing.T, registry *prometheus.Registry) {
	t.Helper()
	forbidden := []string{"room", "room_id", "game_id", "player", "player_id", "correlation", "correlation_id", "session", "trace_id"}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, l := range f.Metric[0].Label {
			if slices.Contains(forbidden, l.GetName()) {
				t.Errorf("%s has the label %s", f.GetName(), l.GetName())
			}
		}
		if f.GetHelp() == "" {
			t.Errorf("%s has no help", f.GetName())
		}
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Rules that make up names as they go cost a bounded amount.
func TestMadeUpNames(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	stats := gamestats.New(gamestats.Config{})
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5000 {
		for _, c := range []*room.Commit{
			at(now, "r", change("s"+strconv.Itoa(n), "s"+strconv.Itoa(n+1))),
			at(now, "r", change("s"+strconv.Itoa(n+1), "t"+strconv.Itoa(n))),
			at(now, "r", event.Event{Type: event.ErrorOccurred, Data: event.Fault{Error: "e" + strconv.Itoa(n), State: "x" + strconv.Itoa(n)}}),
		} {
			stats.Observe(c)
			v.Observe(c)
		}
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(stats, v)
	m := gathered(t, registry)
	if len(m) > 10_000 {
		t.Errorf("%d series", len(m))
	}
	if e := v.Entries(); e.States > 8*129 || e.Transitions > 8*129*33 {
		t.Errorf("%+v", e)
	}
	if n := m.sum("pitboss_state_rooms"); n != 1 {
		t.Errorf("%g rooms, want 1", n)
	}
	if d := v.Diagram(); len(d.Nodes) > 129 {
		t.Errorf("%d states", len(d.Nodes))
	}
}

// Writers and readers at once, for the race detector.
func TestSeenWhileItHappens(t *testing.T) {
	t.Parallel()
	v, err := visual.New(visual.Config{MaxPlayers: 10})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 500 {
			life(v.Observe, time.Now(), n)
		}
	}()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		v.Diagram()
		v.Rooms(visual.RoomFilter{})
		v.Performance(time.Hour)
		v.Errors()
		v.Flow()
		v.Activity(10)
		v.Player("player-1")
		v.StuckRooms()
	}
	if n := v.Activity(0).Summary.GamesCompleted; n != 500 {
		t.Errorf("%d games", n)
	}
}
