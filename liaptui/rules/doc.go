// Package rules holds the rules of Liap Tui as pure functions: the pieces and
// their deal, what a valid play is and which one wins, what may be declared,
// and what a round is worth. It keeps no state, logs nothing and depends on the
// standard library only.
//
// # Where to look
//
//   - One piece is a [Kind]. Any collection of them (a hand, a play, the whole
//     deck) is a [Pieces], a comparable value of eight bytes.
//   - [Deal] gives the hands of the n-th deal of a game.
//   - [Classify] names a play; [Play.Beats] and [Leader] decide a turn.
//   - [CheckOpening], [CheckFollow] and [CheckDeclaration] refuse an illegal
//     move with its reason; [LegalOpenings], [Pieces.Subsets] and
//     [LegalDeclarations] list the legal ones.
//   - [RoundScore], [GameOver] and [Winners] count.
//
// Seats are numbered 0 to 3, clockwise. Everything here may be called from any
// goroutine.
package rules

// The sizes of the game.
const (
	Seats     = 4                // players
	HandSize  = 8                // pieces that each is dealt; also the piles of a round
	DeckSize  = Seats * HandSize // pieces in the deck
	MaxPlay   = 6                // pieces of the largest play
	MaxRounds = 20               // rounds after which a game ends
	GoalScore = 50               // score that ends a game
)

// PlayOrder lists the seats clockwise from starter.
func PlayOrder(starter int) [Seats]int {
	var order [Seats]int
	for i := range order {
		order[i] = (starter + i) % Seats
	}
	return order
}
