package intake

import (
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// Note is what observers count of a commit's events, taken down while they are
// still in the processor's cache: to come back to them later, and follow their
// pointers, would take longer than to count them.
type Note struct {
	Commit *room.Commit
	// Whole says that there is more to tell of the events than Note has room for: a
	// refusal, the beginning and the end of games and rooms, who comes and goes,
	// errors. Then no other field is set.
	Whole bool

	TurnEnded, TurnStarted bool // in this order
	// Action is what a player did before the state changed.
	Action Action
	// Changes are the changes of state, in order.
	Changes [2]Change
	// Took is the time from the receipt of the command until its events were
	// out.
	Took time.Duration
}

// Action is what a player did. Its zero value is none.
type Action struct {
	Name string
	By   room.PlayerType
	Seat int
}

// Change is a change of a game's state. Its zero value is none.
type Change struct {
	From, To string
	Stayed   time.Duration // in From
}

// of takes a commit down.
func (n *Note) of(c *room.Commit) {
	n.Commit = c
	if c.Err != nil || !n.count(c.Events) {
		*n = Note{Commit: c, Whole: true}
		return
	}
	n.Took = max(c.Done.Sub(c.Received), 0)
}

// count returns false for events that do not fit.
func (n *Note) count(events []event.Event) (fits bool) {
	for i := range events {
		e := &events[i]
		switch e.Type {
		case event.StateChanged:
			fits = n.change(e.Data)
		case event.PlayerAction:
			fits = n.action(e.Data)
		case event.TurnEnded:
			fits = !n.TurnStarted && !n.TurnEnded
			n.TurnEnded = true
		case event.TurnStarted:
			fits = !n.TurnStarted
			n.TurnStarted = true
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

func (n *Note) change(data any) (fits bool) {
	d, ok := data.(event.StateChange)
	if !ok {
		return true
	}
	for i := range n.Changes {
		if c := &n.Changes[i]; c.From == "" {
			*c = Change{d.From, d.To, Stayed(&d)}
			return d.From != ""
		}
	}
	return false
}

func (n *Note) action(data any) (fits bool) {
	d, ok := data.(event.Action)
	if !ok {
		return true
	}
	fits = n.Action == Action{} && n.Changes[0] == Change{} && d.Action != ""
	n.Action = Action{d.Action, room.PlayerType(d.PlayerType), d.Seat}
	return fits
}

// Stayed is how long a room was in the state that it left.
func Stayed(d *event.StateChange) time.Duration {
	return time.Duration(d.DurationMS * float64(time.Millisecond))
}

// Commits is an intake of what rooms did, for one observer or for several who
// are content with one lock. It is a [room.Observer], and a [sync.Locker] for
// those who look.
type Commits struct {
	in     *Intake[Note]
	takers []func(*Note)
}

var _ room.Observer = (*Commits)(nil)

// NewCommits returns one that nobody takes from.
func NewCommits() *Commits {
	c := new(Commits)
	c.in = New(func(n *Note) {
		for _, take := range c.takers {
			take(n)
		}
	})
	return c
}

// Take has take called with every commit from now on, in the order of each
// room, with the intake locked. It must be called before the first commit.
func (c *Commits) Take(take func(*Note)) { c.takers = append(c.takers, take) }

// Observe implements [room.Observer].
func (c *Commits) Observe(commit *room.Commit) {
	var n Note
	n.of(commit)
	c.in.Add(&n)
}

// Lock locks what is counted, when all that came before has been taken in.
func (c *Commits) Lock() { c.in.Lock() }

// Unlock ends what Lock began.
func (c *Commits) Unlock() { c.in.Unlock() }
