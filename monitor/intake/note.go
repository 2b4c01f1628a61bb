package intake

import (
	"math"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// Note is what observers count of a commit, taken down while its events are
// still in the processor's cache: to come back to them later, and follow their
// pointers, would take longer than to count them. Names are numbers, see [Words].
type Note struct {
	Time time.Time // [room.Commit.Time]
	// Took is the time from the receipt of the command until its events were
	// out.
	Took     time.Duration
	Response time.Duration    // [room.Commit.Response]
	Stayed   [2]time.Duration // in the states that Changes leave

	// Changes are the changes of state, in order; zero for none.
	Changes [2]ChangeID
	// Action is what a player did before the state changed; zero for nothing.
	Action ActionID
	Seat   int8 // of Action
	Has    Marks
}

// Marks are what else there is to know of a commit.
type Marks uint8

// The marks. Whole says that there is more to tell of the events than a note has
// room for: a refusal, the beginning and the end of games and rooms, who comes and
// goes, errors, a trace. Look at the commit then; beside it, the note has its
// time, Refused, Timer and Asked.
const (
	Whole       Marks = 1 << iota
	Refused           // what the player wanted did not happen
	Nothing           // nothing happened: there are no events
	Timer             // the room looked at its deadlines
	Asked             // an offer was made again
	TurnEnded         // before the state changed
	TurnStarted       // after it
)

// timer is the command by which a room looks at its deadlines.
const timer = "timer"

// read takes a commit down.
func (n *Note) read(c *room.Commit, words *vocabulary) {
	n.Time = c.Time
	if c.Command == timer {
		n.Has |= Timer
	}
	for i := range c.Offers {
		if c.Offers[i].Opened.Before(c.Time) {
			n.Has |= Asked
		}
	}
	marks := n.Has
	switch {
	case c.Err != nil:
		n.Has |= Whole | Refused
	case len(c.Events) == 0:
		n.Has |= Nothing
	case c.Events[0].TraceID != "" || !n.events(c.Events, words):
		*n = Note{Time: c.Time, Has: marks | Whole}
	default:
		n.Took, n.Response = max(c.Done.Sub(c.Received), 0), c.Response
	}
}

// events returns false for events that do not fit.
func (n *Note) events(events []event.Event, words *vocabulary) (fits bool) {
	for i := range events {
		e := &events[i]
		switch e.Type {
		case event.StateChanged:
			fits = n.change(e.Data, words)
		case event.PlayerAction:
			fits = n.action(e.Data, words)
		case event.TurnEnded:
			fits = n.Has&(TurnStarted|TurnEnded) == 0
			n.Has |= TurnEnded
		case event.TurnStarted:
			fits = n.Has&TurnStarted == 0
			n.Has |= TurnStarted
		case event.RoomJoined, event.RoomLeft, event.RoomClosed,
			event.GameStarted, event.GameEnded, event.GameResumed, event.ErrorOccurred,
			event.PlayerConnected, event.PlayerDisconnected, event.PlayerReconnected, event.PlayerReady:
			fits = false
		default: // what games have of their own
			fits = true
		}
		if !fits {
			return false
		}
	}
	return true
}

func (n *Note) change(data any, words *vocabulary) (fits bool) {
	d, ok := data.(event.StateChange)
	if !ok {
		return true
	}
	for i := range n.Changes {
		if n.Changes[i] == 0 {
			n.Changes[i], n.Stayed[i] = words.change(d.From, d.To), Stayed(&d)
			return n.Changes[i] != 0
		}
	}
	return false
}

func (n *Note) action(data any, words *vocabulary) (fits bool) {
	d, ok := data.(event.Action)
	if !ok {
		return true
	}
	if n.Action != 0 || n.Changes[0] != 0 || d.Seat < math.MinInt8 || d.Seat > math.MaxInt8 {
		return false
	}
	n.Action, n.Seat = words.action(d.Action, room.PlayerType(d.PlayerType)), int8(d.Seat)
	return n.Action != 0
}

// Stayed is how long a room was in the state that it left.
func Stayed(d *event.StateChange) time.Duration {
	return time.Duration(d.DurationMS * float64(time.Millisecond))
}
