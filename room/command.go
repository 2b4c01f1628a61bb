package room

import (
	"errors"
	"fmt"
)

// The commands that the room itself understands. The game sees Start and
// Timeout too; all others are its own.
const (
	// Join takes a free seat for Command.Player.
	Join = "join"
	// Leave gives the seat up for good; a bot plays on.
	Leave = "leave"
	// Ready says that a player is. The host's starts the game once all seats
	// are taken.
	Ready = "ready"
	// Start reaches the game when it starts; its data is a [Setup].
	Start = "start"
	// Timeout reaches the game when an offer's time has passed.
	Timeout = "timeout"

	open       = "open"       // the room's first command
	connect    = "connect"    // a player's connection is there (again)
	disconnect = "disconnect" // and gone
	timer      = "timer"      // some deadline of the room may have passed
	resume     = "resume"     // the room was read from its journal
	give       = "give"       // another host is to have the room
)

// Command is what a player, a bot or the room itself wants.
type Command struct {
	Room string
	// ID makes the command unique for its seat: repeating it has one effect
	// and gets the same answer. Empty: not recognised when repeated.
	ID string
	// Type is one of the room's commands or one of the game's.
	Type string
	// Seat is whose command it is, or NoSeat.
	Seat int
	// Player is who joins; other commands go by Seat.
	Player string
	// By says whether a person or a bot decided it.
	By PlayerType
	// Turn is the offer that the command answers; another turn's is stale.
	// Zero: whatever is open.
	Turn uint64
	// Data is what the game's Parse made of the request, or what a bot filled
	// in itself.
	Data any

	session string       // proof of the seat, for connect
	conn    uint64       // which connection came or went
	heard   bool         // whether the one that went was ever answered from
	reply   func(Answer) // who wants to know; nil: nobody
}

// PlayerType tells people from programs.
type PlayerType string

// The two kinds of players.
const (
	Human PlayerType = "human"
	Bot   PlayerType = "bot"
)

// Setup is what a game starts from.
type Setup struct {
	// Seed is where all of the game's chance comes from.
	Seed uint64
	// Players are the names by seat.
	Players []string
}

// Answer is what became of a command.
type Answer struct {
	// Seq is the room's sequence after the command.
	Seq uint64
	// Err is why it was refused; nil if it was not.
	Err error

	// CorrelationID is that of the command when it was handled, so that a
	// repetition gets the same answer to the letter.
	CorrelationID string

	// Seat and Session are set for a join.
	Seat    int
	Session string
}

// The codes of refusals that rooms make. Games add their own.
const (
	CodeNotYourTurn = "not_your_turn"
	CodeStale       = "stale"
	CodeNoRoom      = "no_such_room"
	CodeMoved       = "moved" // another host has the room; come back
	CodeNotStarted  = "not_started"
	CodeStarted     = "already_started"
	CodeOver        = "game_over"
	CodeFull        = "room_full"
	CodeSeatTaken   = "seat_taken"
	CodeSession     = "bad_session"
	CodeUnknown     = "unknown_command"
	CodeBadData     = "bad_data"
	CodeInternal    = "internal"
)

// Refusal is a command turned down, with a code for programs and a message for
// people. Games return it from Decide.
type Refusal struct {
	Code    string
	Message string
}

// Refuse makes a [Refusal].
func Refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Message: fmt.Sprintf(format, args...)}
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Is makes refusals of one code equal for errors.Is.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// refusalOf returns err as a Refusal; any other error is the server's fault,
// and its text is not for strangers.
func refusalOf(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return Refuse(CodeInternal, "the server could not handle this; it is not your fault")
}
