package bot

import "github.com/pitboss-dev/pitboss/liaptui/rules"

// View is all that a bot is told. It must describe a position in which the seat
// has something to decide; what a bot answers to any other is undefined, though
// it never panics.
type View struct {
	Seat int          // the bot's own, 0 to 3
	Hand rules.Pieces // the bot's own

	// Starter is the seat that starts the round, and so declares first. It is
	// not looked at by Redeal.
	Starter int
	// Declared holds the piles that each seat declared, [rules.Undeclared]
	// where it has not yet.
	Declared [rules.Seats]int
	// ZerosInARow is in how many rounds running, up to the last one, this seat
	// declared 0.
	ZerosInARow int
	// Played is every play of the round so far, in the order in which they were
	// made. Each turn is four of them, so that those of the turn in progress
	// come last: none of them if it is the bot's to start.
	Played []Played

	Scores     [rules.Seats]int // before this round
	Round      int              // from 1
	Multiplier int              // 1 plus the redeals of the round

	// Seed decides between equally good moves, and for Easy whether to blunder.
	// It should differ from game to game and tell nothing about the deal.
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

// Taken is the piles that each seat has taken in the round.
func (v *View) Taken() [rules.Seats]int {
	var taken [rules.Seats]int
	for turn := range v.finished() {
		leader := leaderOf(turn)
		taken[leader.Seat] += turn[0].Pieces.Len()
	}
	return taken
}

// finished yields the plays of each finished turn.
func (v *View) finished() func(yield func([]Played) bool) {
	return func(yield func([]Played) bool) {
		for rest := v.Played; len(rest) >= rules.Seats; rest = rest[rules.Seats:] {
			if !yield(rest[:rules.Seats]) {
				return
			}
		}
	}
}

// leaderOf is the play that leads a turn.
func leaderOf(turn []Played) Played {
	var plays [rules.Seats]rules.Pieces
	for i, played := range turn {
		plays[i] = played.Pieces
	}
	return turn[rules.Leader(plays[:len(turn)]...)]
}

// declarations is what has been declared, in play order.
func (v *View) declarations() []int {
	made := make([]int, 0, rules.Seats)
	for _, seat := range rules.PlayOrder(v.Starter) {
		if piles := v.Declared[seat]; piles != rules.Undeclared {
			made = append(made, piles)
		}
	}
	return made
}
