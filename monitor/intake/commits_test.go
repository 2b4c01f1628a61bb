package intake_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/room"
)

// What fits into a note is in it; a commit with more to tell is taken whole.
func TestNotes(t *testing.T) {
	t.Parallel()
	play := event.Event{Type: event.PlayerAction, Data: event.Action{Seat: 2, Action: "play", PlayerType: "bot"}}
	moved := func(from, to string) event.Event {
		return event.Event{Type: event.StateChanged, Data: event.StateChange{From: from, To: to, DurationMS: 1500}}
	}
	turn := func(what event.Type) event.Event { return event.Event{Type: what} }
	action := intake.Action{Name: "play", By: room.Bot, Seat: 2}
	aToB := intake.Change{From: "A", To: "B", Stayed: 1500 * time.Millisecond}
	bToA := intake.Change{From: "B", To: "A", Stayed: 1500 * time.Millisecond}
	for name, c := range map[string]struct {
		events []event.Event
		err    error
		want   intake.Note
	}{
		"nothing":     {},
		"a play":      {events: []event.Event{play, turn(event.PiecePlayed), turn("chess.castled")}, want: intake.Note{Action: action}},
		"a new state": {events: []event.Event{moved("A", "B")}, want: intake.Note{Changes: [2]intake.Change{aToB}}},
		"all of it": {
			events: []event.Event{play, turn(event.TurnEnded), moved("A", "B"), moved("B", "A"), turn(event.TurnStarted)},
			want:   intake.Note{Action: action, Changes: [2]intake.Change{aToB, bToA}, TurnEnded: true, TurnStarted: true},
		},
		"three states":           {events: []event.Event{moved("A", "B"), moved("B", "A"), moved("A", "B")}, want: intake.Note{Whole: true}},
		"two actions":            {events: []event.Event{play, play}, want: intake.Note{Whole: true}},
		"an action after all":    {events: []event.Event{moved("A", "B"), play}, want: intake.Note{Whole: true}},
		"a turn begins and ends": {events: []event.Event{turn(event.TurnStarted), turn(event.TurnEnded)}, want: intake.Note{Whole: true}},
		"a state without name":   {events: []event.Event{moved("", "B")}, want: intake.Note{Whole: true}},
		"a game begins":          {events: []event.Event{turn(event.GameStarted), moved("A", "B")}, want: intake.Note{Whole: true}},
		"a refusal":              {events: []event.Event{turn(event.ActionRejected)}, err: errors.New("no"), want: intake.Note{Whole: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got intake.Note
			in := intake.NewCommits()
			in.Take(func(n *intake.Note) { got = *n })
			now := time.Unix(1_800_000_000, 0)
			commit := &room.Commit{Events: c.events, Err: c.err, Received: now, Done: now.Add(time.Second)}
			in.Observe(commit)
			in.Lock()
			defer in.Unlock()
			c.want.Commit = commit
			if !c.want.Whole {
				c.want.Took = time.Second
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// Two that share an intake are told of each commit once.
func TestShared(t *testing.T) {
	t.Parallel()
	in := intake.NewCommits()
	var first, second int
	in.Take(func(*intake.Note) { first++ })
	in.Take(func(*intake.Note) { second++ })
	for range 100 {
		in.Observe(new(room.Commit))
	}
	in.Lock()
	defer in.Unlock()
	if first != 100 || second != 100 {
		t.Errorf("%d and %d of 100", first, second)
	}
}
