package liaptui

import (
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// The data of the game's events.

// Deal is the data of round.started, which follows every deal. A seat sees its
// own hand in it; spectators see none.
type Deal struct {
	Round      int           `json:"round"`
	Redeals    int           `json:"redeals"`
	Multiplier int           `json:"multiplier"`
	Hand       *rules.Pieces `json:"hand,omitempty"`
}

// Hands is the secret of round.started: every seat's pieces.
type Hands [rules.Seats]rules.Pieces

// Seat is the data of redeal.requested and redeal.declined.
type Seat struct {
	Seat int `json:"seat"`
}

// Opening is the detail of the state change to ROUND_START.
type Opening struct {
	Starter int `json:"starter"`
}

// Declared is the data of declaration.made.
type Declared struct {
	Seat  int `json:"seat"`
	Piles int `json:"piles"`
}

// TurnStart is the data of turn.started.
type TurnStart struct {
	Round   int `json:"round"`
	Turn    int `json:"turn"` // in the round, from 1
	Starter int `json:"starter"`
}

// Laid is the data of piece.played.
type Laid struct {
	Seat     int            `json:"seat"`
	Pieces   rules.Pieces   `json:"pieces"`
	Type     rules.PlayType `json:"type"`
	Strength int            `json:"strength"`
	// Leads says that the play is the best of the turn so far.
	Leads bool `json:"leads"`
}

// TurnEnd is the data of turn.ended.
type TurnEnd struct {
	Turn   int         `json:"turn"`
	Winner int         `json:"winner"`
	Piles  int         `json:"piles"`
	Plays  []TablePlay `json:"plays"` // in play order
}

// TablePlay is what a seat has played in a turn.
type TablePlay struct {
	Seat   int          `json:"seat"`
	Pieces rules.Pieces `json:"pieces"`
}

// RoundScore is the detail of the state change to SCORING. Its lists go by seat.
type RoundScore struct {
	Round      int              `json:"round"`
	Declared   [rules.Seats]int `json:"declared"`
	Taken      [rules.Seats]int `json:"taken"`
	Multiplier int              `json:"multiplier"`
	Points     [rules.Seats]int `json:"points"` // of the round, multiplied
	Totals     [rules.Seats]int `json:"totals"` // of the game so far
}

// Statistics is the detail of a completed game's result. Its lists go by seat.
type Statistics struct {
	TurnsWon [rules.Seats]int `json:"turns_won"`
	// PerfectRounds are those in which a seat took what it had declared.
	PerfectRounds [rules.Seats]int `json:"perfect_rounds"`
	Deals         uint64           `json:"deals"`
}

// types tells what the data and the secrets of the game's facts are, to read
// them again from a journal.
func types(t event.Type, state string) (data, secret any) {
	switch t {
	case event.RoundStarted:
		return new(Deal), new(Hands)
	case event.RedealRequested, event.RedealDeclined:
		return new(Seat), nil
	case event.DeclarationMade:
		return new(Declared), nil
	case event.TurnStarted:
		return new(TurnStart), nil
	case event.PiecePlayed:
		return new(Laid), nil
	case event.TurnEnded:
		return new(TurnEnd), nil
	case event.GameEnded:
		return new(Statistics), nil
	case event.StateChanged:
		switch state {
		case RoundStart.String():
			return new(Opening), nil
		case Scoring.String():
			return new(RoundScore), nil
		}
	}
	return nil, nil
}
