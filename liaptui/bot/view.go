package bot

import (
	"math/rand/v2"

	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// View is all that a bot is told. It must describe a position that a game can
// come to and in which the seat has something to decide. To any other view a
// bot still answers with what its hand allows, and no better.
type View struct {
	Seat int          // the bot's own, 0 to 3
	Hand rules.Pieces // the bot's own

	// Starter is the seat that starts the round, and so declares first. Redeal
	// does not look at it.
	Starter int
	// Declared holds the piles that each seat declared, [rules.Undeclared]
	// where it has not yet.
	Declared [rules.Seats]int
	// ZerosInARow is in how many rounds running, up to the last one, this seat
	// declared 0.
	ZerosInARow int
	// Played is every play of the round so far, in the order in which they were
	// made. Each turn is four of them, so that those of the turn in progress
	// come last: none of them if it is the bot's to start. The bot only reads
	// it.
	Played []Played

	Scores     [rules.Seats]int // before this round
	Round      int              // from 1
	Multiplier int              // 1 plus the redeals of the round

	// Seed feeds every choice that is left to chance. It should differ from
	// game to game and tell nothing about the deal.
	Seed uint64
}

// Played is a play that lies open on the table.
type Played struct {
	Seat   int
	Pieces rules.Pieces
}

// Turn is the plays of the turn in progress, in play order.
func (v *View) Turn() []Played {
	return v.Played[len(v.Played)-len(v.Played)%rules.Seats:]
}

// Consistent reports whether hand, plays and seats are of one game: whether the
// view was put together as the fields demand.
func (v *View) Consistent() bool {
	_, sane := v.history()
	return sane
}

// history is what the plays of a round tell.
type history struct {
	course
	shown [rules.Seats]rules.Pieces // played by each seat
}

// history follows the plays of the round, and reports whether they, the hand
// and the seats are of one game.
func (v *View) history() (history, bool) {
	past := history{course: course{next: v.Starter}}
	known := v.Hand
	if !onTable(v.Seat) || !onTable(v.Starter) || !rules.Deck().Contains(known) {
		return past, false
	}
	for _, played := range v.Played {
		play, valid := rules.Classify(played.Pieces)
		if past.plays == 0 && !valid || past.plays > 0 && play.Count != past.lead.Count {
			return past, false
		}
		if played.Seat != past.next || !(rules.Deck() - known).Contains(played.Pieces) {
			return past, false
		}
		known += played.Pieces
		past.shown[played.Seat] += played.Pieces
		past.advance(play)
	}
	return past, v.Hand.Len()+past.shown[v.Seat].Len() == rules.HandSize
}

func onTable(seat int) bool { return seat >= 0 && seat < rules.Seats }

// unseen is the pieces that the seat has not seen yet.
func (v *View) unseen(past *history) rules.Pieces {
	unseen := rules.Deck() - v.Hand
	for _, shown := range past.shown {
		unseen -= shown
	}
	return unseen
}

// position is where the seat stands after these plays.
func (v *View) position(past *history) position {
	return position{
		hand:   v.Hand,
		unseen: v.unseen(past),
		need:   v.Declared[v.Seat] - past.taken[v.Seat],
	}
}

// declarations is what has been declared so far.
func (v *View) declarations() []int {
	made := make([]int, 0, rules.Seats)
	for _, piles := range v.Declared {
		if piles != rules.Undeclared {
			made = append(made, piles)
		}
	}
	return made
}

// random is a generator for this one decision.
func (v *View) random() *rand.Rand {
	return rand.New(rand.NewPCG(v.Seed, uint64(v.Round)<<16|uint64(len(v.Played))<<8|uint64(v.Seat)))
}
