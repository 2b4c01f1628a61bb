package liaptui

import (
	"fmt"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// Phase is where a game stands. The zero value is [Waiting].
type Phase uint8

// The phases, in the order in which a round goes through them.
const (
	Waiting Phase = iota
	Preparation
	RoundStart
	Declaration
	Turn
	TurnResults
	Scoring
	GameOver
)

var phaseTexts = [...]string{
	"WAITING", "PREPARATION", "ROUND_START", "DECLARATION", "TURN", "TURN_RESULTS", "SCORING", "GAME_OVER",
}

// Phases lists all of them in their order.
func Phases() []Phase {
	return []Phase{Waiting, Preparation, RoundStart, Declaration, Turn, TurnResults, Scoring, GameOver}
}

// String is the phase in capitals, as events have it.
func (p Phase) String() string {
	if int(p) >= len(phaseTexts) {
		return fmt.Sprintf("phase(%d)", uint8(p))
	}
	return phaseTexts[p]
}

// MarshalText encodes p by its name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

func phaseOf(text string) (Phase, bool) {
	for phase, name := range phaseTexts {
		if name == text {
			return Phase(phase), true
		}
	}
	return Waiting, false
}

// State is a game in progress: a comparable value that shares nothing. The zero
// value is a game that has not started.
type State struct {
	seed  uint64
	phase Phase
	// step names what the game waits for. It grows with every fact that changes
	// whose move it is, and so not with an answer about a redeal: the others are
	// still asked what they were.
	step uint64

	deals   uint64 // in the game
	round   int    // from 1
	redeals int    // in the round
	// starter starts the round; room.NoSeat until the first round has one.
	starter int
	hands   [rules.Seats]rules.Pieces
	answers [rules.Seats]answer // about a redeal

	declared  [rules.Seats]int
	declarers int              // seats that have declared
	zeros     [rules.Seats]int // rounds running in which the seat declared 0

	turn   int // in the round, from 1
	leader int // who starts the turn, or has won the last one
	taken  [rules.Seats]int
	// played is the round's plays, the first plays of it.
	played [rules.DeckSize]bot.Played
	plays  int

	scores   [rules.Seats]int
	turnsWon [rules.Seats]int
	perfect  [rules.Seats]int // rounds in which a seat took what it declared
}

// answer is what a seat said to the offer of a redeal.
type answer uint8

const (
	silent answer = iota
	asked
	declined
)

// waitsFor reports whether it is the seat's move.
func (s *State) waitsFor(seat int) bool {
	if seat < 0 || seat >= rules.Seats {
		return false
	}
	switch s.phase {
	case Preparation:
		return s.hands[seat].Weak() && s.answers[seat] == silent
	case Declaration, Turn:
		return seat == s.current()
	}
	return false
}

// current is whose turn it is in Declaration and Turn.
func (s *State) current() int {
	if s.phase == Declaration {
		return (s.starter + s.declarers) % rules.Seats
	}
	return (s.leader + s.plays) % rules.Seats
}

// declarations is what was declared in the round, in play order.
func (s *State) declarations() []int {
	made := make([]int, s.declarers)
	for i := range made {
		made[i] = s.declared[(s.starter+i)%rules.Seats]
	}
	return made
}

// onTable is the plays of the turn in progress, none before its first.
func (s *State) onTable() []bot.Played {
	return s.played[s.plays-s.plays%rules.Seats : s.plays : s.plays]
}

// lastTurn is the plays of the turn that has just been completed.
func (s *State) lastTurn() []bot.Played {
	return s.played[s.plays-rules.Seats : s.plays]
}

// shown is the plays that lie on the table: of the turn, and while the results
// are shown, of the last one.
func (s *State) shown() []bot.Played {
	if s.phase == TurnResults {
		return s.lastTurn()
	}
	return s.onTable()
}

// leaderOf is the index of the play that leads.
func leaderOf(turn []bot.Played) int {
	var pieces [rules.Seats]rules.Pieces
	for i, play := range turn {
		pieces[i] = play.Pieces
	}
	return rules.Leader(pieces[:len(turn)]...)
}

// multiplier is what the round's points are multiplied by.
func (s *State) multiplier() int { return 1 + s.redeals }

// asker is who gets to start after a redeal: the first in play order that asked
// for it, whatever the order in which the answers came.
func (s *State) asker() (seat int, asks bool) {
	for _, seat := range rules.PlayOrder(max(s.starter, 0)) {
		if s.answers[seat] == asked {
			return seat, true
		}
	}
	return 0, false
}
