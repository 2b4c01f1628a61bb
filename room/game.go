package room

import (
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
)

// NoSeat stands for nobody in particular: the room itself, or a spectator.
const NoSeat = -1

// MaxSeats is the largest table.
const MaxSeats = 16

// Game is the rules of one game over states of type S. Name, Seats, Decide and
// Apply are needed; the rest has useful zero values.
//
// S must be a value: Apply returns the next state and leaves the old one as it
// was, whatever S points at included. The state before the first event is the
// zero S. All functions must be pure, because replay calls them again.
type Game[S any] struct {
	// Name is how requests and metrics call the game.
	Name string
	// Seats is how many players a game needs, 1 to [MaxSeats].
	Seats int
	// Strengths are the words for how well its bots play. Nil: any word.
	Strengths []string

	// Decide says what a command brings about, or refuses it with a [Refusal].
	// Types of commands are the game's own, and [Start] and [Timeout].
	//
	// The room records by itself who came and went (room.joined and the like),
	// who acted (player.action) and that the game has started (game.started, with
	// an [event.Start]); Apply sees these, and Decide does not repeat them. The
	// game tells the rest: its own types of events, [Enter] where its state has a
	// new name, and game.ended with an [event.Result], which ends it.
	Decide func(s S, c Command) ([]Fact, error)
	// Apply folds a fact into the state. It sees the facts of Decide and those
	// of the room (who joined, who left), and ignores what it does not know.
	Apply func(s S, f Fact) S

	// Offers appends what the game waits for in state s. Nil: the game never
	// waits, and anybody may send any command at any time.
	Offers func(s S, into []Offer) []Offer
	// View is the state as a seat may see it, ready for encoding/json;
	// [NoSeat] is a spectator. Nil: everybody sees everything.
	View func(s S, seat int) any
	// Legal describes the moves that a seat may make now, ready for encoding/json.
	// Nil: players are not told.
	Legal func(s S, seat int) any
	// Reveal is the data of a fact that has a secret, as a seat may see it.
	// Nil: nobody sees more than the fact's Data.
	Reveal func(f Fact, seat int) any
	// Types returns pointers to zero values of the types that a fact's data and
	// secret have, nil for none, so that journals on disk can be read. For
	// state.changed, data is the type of the change's detail, and state names
	// the state that is entered; for game.ended it is the result's detail. It is
	// asked for facts of the game's own and for these two. Nil: the game can be
	// kept in memory only.
	Types func(t event.Type, state string) (data, secret any)
	// Encode writes a state down and Decode reads it again, so that a room can be
	// recovered from a snapshot of it and what came after. What is written must
	// name its version: Decode fails on one that it does not know, and the journal
	// is read instead. Nil: it always is.
	Encode func(s S) ([]byte, error)
	Decode func(text []byte) (S, error)
	// Parse decodes the data of a player's command. Nil: commands get the raw
	// JSON, as [json.RawMessage].
	Parse func(command string, data []byte) (any, error)
}

// Fact is an event as the game sees it.
type Fact struct {
	Type event.Type
	// Seat is who it is about, or NoSeat.
	Seat int
	// Data is the event's public data.
	Data any
	// Secret is what not everybody may know; see [event.Event.Secret].
	Secret any
}

// Enter is the fact that the game moves on to a state. The room adds which
// state it left and how long that lasted. Detail may be nil.
func Enter(state string, detail any) Fact {
	return Fact{Type: event.StateChanged, Seat: NoSeat, Data: event.StateChange{To: state, Detail: detail}}
}

// Offer is something a game waits for: a seat's move, or, with [NoSeat], the
// end of a pause.
type Offer struct {
	Seat int
	// Turn names the offer. It must differ between any two offers of a seat, so
	// that an answer to an old one is recognised.
	Turn uint64
	// Within is how long the room waits. Then the game gets a [Timeout]; if it
	// does nothing about it, a bot takes the seat until its player returns. Zero
	// means for ever, except with NoSeat, where it means at once.
	Within time.Duration
}

// Rules is a [Game] of any state. Only Game implements it.
type Rules interface {
	game() descriptor
	newMatch() match
}

type descriptor struct {
	name      string
	seats     int
	strengths []string
	parse     func(string, []byte) (any, error)
	types     func(event.Type, string) (data, secret any)
}

// Validate reports every fault of the game's definition, joined.
func (g Game[S]) Validate() error {
	var faults pitboss.FieldErrors
	if g.Name == "" {
		faults.Add("game.name", g.Name, "a name")
	}
	if g.Seats < 1 || g.Seats > MaxSeats {
		faults.Add("game.seats", g.Seats, "1 to 16")
	}
	if g.Decide == nil {
		faults.Add("game.decide", nil, "a function")
	}
	if g.Apply == nil {
		faults.Add("game.apply", nil, "a function")
	}
	if (g.Encode == nil) != (g.Decode == nil) {
		faults.Add("game.decode", g.Decode != nil, "set where encode is, and only there")
	}
	return faults.Err()
}

func (g Game[S]) game() descriptor { return descriptor{g.Name, g.Seats, g.Strengths, g.Parse, g.Types} }

func (g Game[S]) newMatch() match { return &matchOf[S]{game: g} }
