package intake_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/room"
)

// noted is a note with its names.
type noted struct {
	whole, nothing, timer, asked bool
	ended, started               bool // the turn
	action                       intake.Action
	seat                         int
	changes                      [2]intake.Change
}

func read(p *intake.Page, n *intake.Note) (r noted) {
	for mark, is := range map[intake.Marks]*bool{
		intake.Whole: &r.whole, intake.Nothing: &r.nothing, intake.Timer: &r.timer, intake.Asked: &r.asked,
		intake.TurnEnded: &r.ended, intake.TurnStarted: &r.started,
	} {
		*is = n.Has&mark != 0
	}
	if n.Action != 0 {
		r.action, r.seat = p.Words.Action(n.Action), int(n.Seat)
	}
	for i, id := range n.Changes {
		if id != 0 {
			r.changes[i] = p.Words.Change(id)
		}
	}
	return r
}

// What fits into a note is in it; a commit with more to tell is taken whole.
func TestNotes(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	play := event.Event{Type: event.PlayerAction, Data: event.Action{Seat: 2, Action: "play", PlayerType: "bot"}}
	far := event.Event{Type: event.PlayerAction, Data: event.Action{Seat: 300, Action: "play", PlayerType: "bot"}}
	moved := func(from, to string) event.Event {
		return event.Event{Type: event.StateChanged, Data: event.StateChange{From: from, To: to, DurationMS: 1500}}
	}
	turn := func(what event.Type) event.Event { return event.Event{Type: what} }
	action := intake.Action{Name: "play", By: room.Bot}
	aToB, bToA := intake.Change{From: "A", To: "B"}, intake.Change{From: "B", To: "A"}
	for name, c := range map[string]struct {
		events  []event.Event
		command string
		offers  []room.OpenOffer
		err     error
		want    noted
	}{
		"nothing":     {want: noted{nothing: true}},
		"a play":      {events: []event.Event{play, turn(event.PiecePlayed), turn("chess.castled")}, want: noted{action: action, seat: 2}},
		"a new state": {events: []event.Event{moved("A", "B")}, want: noted{changes: [2]intake.Change{aToB}}},
		"all of it": {
			events: []event.Event{play, turn(event.TurnEnded), moved("A", "B"), moved("B", "A"), turn(event.TurnStarted)},
			want:   noted{action: action, seat: 2, changes: [2]intake.Change{aToB, bToA}, ended: true, started: true},
		},
		"a timer":        {events: []event.Event{moved("A", "B")}, command: "timer", want: noted{timer: true, changes: [2]intake.Change{aToB}}},
		"a new offer":    {events: []event.Event{play}, offers: []room.OpenOffer{{Opened: now}}, want: noted{action: action, seat: 2}},
		"an offer again": {events: []event.Event{turn("chess.castled")}, offers: []room.OpenOffer{{Opened: now.Add(-1)}}, want: noted{asked: true}},
		"a timer that closes": {
			events: []event.Event{turn(event.GameEnded)}, command: "timer", offers: []room.OpenOffer{{Opened: now.Add(-1)}},
			want: noted{whole: true, timer: true, asked: true},
		},
		"three states":           {events: []event.Event{moved("A", "B"), moved("B", "A"), moved("A", "B")}, want: noted{whole: true}},
		"two actions":            {events: []event.Event{play, play}, want: noted{whole: true}},
		"an action after all":    {events: []event.Event{moved("A", "B"), play}, want: noted{whole: true}},
		"no such seat":           {events: []event.Event{far}, want: noted{whole: true}},
		"a turn begins and ends": {events: []event.Event{turn(event.TurnStarted), turn(event.TurnEnded)}, want: noted{whole: true}},
		"a state without name":   {events: []event.Event{moved("", "B")}, want: noted{whole: true}},
		"a game begins":          {events: []event.Event{turn(event.GameStarted), moved("A", "B")}, want: noted{whole: true}},
		"a trace":                {events: []event.Event{{Type: event.TurnEnded, TraceID: "00f067aa0ba902b700f067aa0ba902b7"}}, want: noted{whole: true}},
		"a refusal":              {events: []event.Event{turn(event.ActionRejected)}, err: errors.New("no"), want: noted{whole: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commit := &room.Commit{
				Room: "r", GameName: "go", Command: c.command, Events: c.events, Err: c.err, Offers: c.offers,
				Received: now.Add(-time.Minute), Time: now, Done: now.Add(time.Minute), Response: time.Second,
			}
			in := intake.NewCommits()
			taken := 0
			in.Take(func(p *intake.Page) {
				for i := range p.Notes() {
					taken++
					n := &p.Notes()[i]
					if got := read(p, n); got != c.want {
						t.Errorf("got %+v, want %+v", got, c.want)
					}
					if p.Room != "r" || p.GameName != "go" || !n.Time.Equal(now) {
						t.Errorf("of %s, %s, at %v", p.Room, p.GameName, n.Time)
					}
					if p.Commit(i) != commit {
						t.Errorf("the commit is %v", p.Commit(i))
					}
					if refused := n.Has&intake.Refused != 0; refused != (c.err != nil) {
						t.Errorf("refused: %v", refused)
					}
					if !c.want.whole && !c.want.nothing && (n.Took != 2*time.Minute || n.Response != time.Second) {
						t.Errorf("%+v", n)
					}
					if c.want.changes[0].From != "" && n.Stayed[0] != 1500*time.Millisecond {
						t.Errorf("stayed %v", n.Stayed)
					}
				}
			})
			in.Observe(commit)
			in.Lock()
			defer in.Unlock()
			if taken != 1 {
				t.Errorf("%d were taken in", taken)
			}
		})
	}
}

// Rules that make up names as they go have their commits taken whole in the end.
func TestManyWords(t *testing.T) {
	t.Parallel()
	in := intake.NewCommits()
	var whole, noted int
	in.Take(func(p *intake.Page) {
		for i := range p.Notes() {
			n := &p.Notes()[i]
			if n.Has&intake.Whole != 0 {
				whole++
				continue
			}
			noted++
			if a := p.Words.Action(n.Action); a.Name != fmt.Sprint(n.Seat) {
				t.Errorf("%v of seat %d", a, n.Seat)
			}
		}
	})
	for n := range 1000 {
		in.Observe(&room.Commit{Room: "r", Events: []event.Event{{
			Type: event.PlayerAction, Data: event.Action{Action: fmt.Sprint(int8(n % 128)), Seat: n % 128, PlayerType: fmt.Sprint(n / 128)},
		}}})
	}
	in.Lock()
	defer in.Unlock()
	if whole+noted != 1000 || noted != 256 {
		t.Errorf("%d noted, %d taken whole", noted, whole)
	}
}

// counter is one of a room's commits: the number is in its response.
func counter(id string, n int, types ...event.Type) *room.Commit {
	events := []event.Event{{Type: "chess.castled"}}
	for _, t := range types {
		events = append(events, event.Event{Type: t})
	}
	at := time.Unix(1_800_000_000, 0).Add(time.Duration(n) * 20 * time.Millisecond)
	return &room.Commit{Room: id, Events: events, Response: time.Duration(n), Time: at}
}

// Each room's order is kept and nothing is lost, while somebody looks all the
// time; two that share an intake are told the same.
func TestManyRooms(t *testing.T) {
	t.Parallel()
	const rooms, each = 300, 300 // more than there are pages
	in := intake.NewCommits()
	var next [2]map[string]int
	for i := range next {
		next[i] = make(map[string]int)
		in.Take(func(p *intake.Page) {
			for k := range p.Notes() {
				n := &p.Notes()[k]
				got := int(p.Commit(k).Response)
				if got != next[i][p.Room] {
					t.Errorf("room %s: %d came for %d", p.Room, got, next[i][p.Room])
				}
				if want := counter(p.Room, got).Time; !n.Time.Equal(want) {
					t.Errorf("room %s: %d was at %v", p.Room, got, n.Time)
				}
				next[i][p.Room] = got + 1
			}
		})
	}
	var all sync.WaitGroup
	for r := range rooms {
		all.Go(func() {
			id := fmt.Sprintf("room-%d", r)
			for n := range each {
				var types []event.Type
				if n%100 == 99 {
					types = append(types, event.RoomClosed)
				}
				in.Observe(counter(id, n, types...))
			}
		})
	}
	all.Go(func() {
		for range 1000 {
			in.Lock()
			in.Unlock() //nolint:gocritic,staticcheck // to have everything taken in
		}
	})
	all.Wait()
	in.Lock()
	defer in.Unlock()
	for i := range next {
		for id, n := range next[i] {
			if n != each {
				t.Errorf("%d of %d of room %s were taken in", n, each, id)
			}
		}
		if len(next[i]) != rooms {
			t.Errorf("%d rooms", len(next[i]))
		}
	}
}

// An intake keeps its memory.
func TestNoting(t *testing.T) {
	in := intake.NewCommits()
	in.Take(func(*intake.Page) {})
	one := counter("r", 1)
	for range 1000 {
		in.Observe(one)
	}
	if n := testing.AllocsPerRun(1000, func() { in.Observe(one) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCommits(b *testing.B) {
	in := intake.NewCommits()
	in.Take(func(*intake.Page) {})
	var commits []*room.Commit
	for n := range 64 {
		c := counter(fmt.Sprintf("room-%03d", n), 0)
		c.Events = []event.Event{
			{Type: event.PlayerAction, Data: event.Action{Action: "play", PlayerType: "bot"}},
			{Type: event.StateChanged, Data: event.StateChange{From: "A", To: "B", DurationMS: 1500}},
		}
		commits = append(commits, c)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		in.Observe(commits[i%len(commits)])
		i++
	}
}
