package room

import (
	"context"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// Commit is what one command brought about: its events, already in the
// journal, and the offers that they opened. It is immutable.
type Commit struct {
	Room string
	// Game is the match's own ID; empty before it starts. GameName is the
	// rules' name.
	Game     string
	GameName string

	// Command is the type of the command, By and Seat whose it was.
	Command string
	By      PlayerType
	Seat    int
	// Received is when the command was accepted into the queue, Time when it
	// was decided.
	Received time.Time
	Time     time.Time
	// Response is how long after the offer its answer was accepted; zero for
	// commands that answer none.
	Response time.Duration

	// Trace is the trace context, as a traceparent, in which the command was
	// handled; empty if there was none.
	Trace string

	// Events are what happened, in order. For a refused command it is one
	// event outside the journal, and Err says why.
	Events []event.Event
	Err    error
	// Offers are those that the command opened.
	Offers []OpenOffer
	// Waiting are all that are open after the command. It is not set where
	// there are no events: nothing changed then.
	Waiting []OpenOffer
	// Done is when the events were in the journal and published; zero for a
	// refused command. It spares observers from reading the clock each.
	Done time.Time

	match match
}

// OpenOffer is an offer that waits for an answer.
type OpenOffer struct {
	Seat   int
	Player string
	Turn   uint64
	// By says who is to answer: the player, or a bot in its own or an absent
	// player's seat.
	By       PlayerType
	Strength string
	// Opened is when the offer was made; Deadline when the room stops waiting,
	// zero for never.
	Opened   time.Time
	Deadline time.Time
}

func (o *OpenOffer) overdue(now time.Time) bool {
	return !o.Deadline.IsZero() && !o.Deadline.After(now)
}

// LastSeq is the room's sequence after the commit, zero for a refused command.
func (c *Commit) LastSeq() uint64 {
	if len(c.Events) == 0 {
		return 0
	}
	return c.Events[len(c.Events)-1].RoomSeq
}

// View is the state after the commit as a seat may see it. It may be called
// from [Observer.Observe] only; followers use [Follower.View].
func (c *Commit) View(seat int) any { return c.match.view(seat) }

// Observer follows all rooms of a host. Observe is called after every command,
// in the order of each room and from many goroutines; it runs on the room's
// time, so it must not block.
type Observer interface {
	Observe(c *Commit)
}

// ContextObserver is an Observer that has things done because of a commit.
// ObserveContext is called in place of Observe, with the context of the
// command, so that those things carry its correlation ID and its trace.
type ContextObserver interface {
	Observer
	ObserveContext(ctx context.Context, c *Commit)
}
