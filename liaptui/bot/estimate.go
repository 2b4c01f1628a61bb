package bot

import "github.com/pitboss-dev/pitboss/liaptui/rules"

// What a hand is worth in piles: a loose piece of each kind, a loose pair on
// top of its two pieces, and each piece of a combination if the hand comes to
// lead. The figures are those with which [Normal] scores most, against itself
// and [Easy].
var pieceWorth = [rules.KindCount + 1]float64{
	rules.ElephantBlack: 0.12, rules.ElephantRed: 0.15,
	rules.AdvisorBlack: 0.37, rules.AdvisorRed: 0.5,
	rules.GeneralBlack: 1, rules.GeneralRed: 1,
}

const (
	pairWorth        = 1.0 / 15 // for each point of its kind
	combinationWorth = 0.9

	// The chances to lead a turn in good time: for who starts the round, and for
	// who has no opener at all. Between them the best loose piece counts.
	leadAsStarter    = 0.95
	leadWithNoOpener = 0.1
)

// estimate is how many piles a hand is good for.
func estimate(hand rules.Pieces, starts bool) float64 {
	combined := combinations(hand, rules.HandSize)
	piles, lead := 0.0, leadWithNoOpener
	for rest := hand - combined; rest != 0; {
		kind := rest.Strongest()
		copies := rest.Count(kind)
		rest -= rules.One(kind) * rules.Pieces(copies)

		piles += pieceWorth[kind] * float64(copies)
		if copies == 2 {
			piles += pairWorth * float64(kind.Points())
		}
		lead = max(lead, pieceWorth[kind])
	}
	if starts {
		lead = leadAsStarter
	}
	return piles + lead*combinationWorth*float64(combined.Len())
}

// combinations is the pieces of the plays of three and more, largest first,
// that the hand holds beside each other, up to so many pieces in all.
func combinations(hand rules.Pieces, room int) rules.Pieces {
	var combined rules.Pieces
	if !holdsThree(hand) {
		return combined
	}
	for count := min(room, rules.MaxPlay); count >= 3; count-- {
		for play := range rules.Openings(hand-combined, count) {
			if count <= room && (hand - combined).Contains(play) {
				combined += play
				room -= count
			}
		}
	}
	return combined
}

// holdsThree reports whether there is any combination: each has a play of three
// pieces in it.
func holdsThree(hand rules.Pieces) bool {
	for range rules.Openings(hand, 3) {
		return true
	}
	return false
}

// nearest is the declaration closest to the estimate that the rules allow.
func nearest(estimate float64, soFar []int, zeros int) int {
	best, least := 0, float64(rules.HandSize+1)
	for piles := range rules.HandSize + 1 {
		off := distance(estimate, piles)
		if off < least && rules.CheckDeclaration(piles, soFar, zeros) == nil {
			best, least = piles, off
		}
	}
	return best
}

// distance is how far a number of piles is from the estimate.
func distance(estimate float64, piles int) float64 {
	off := estimate - float64(piles)
	return max(off, -off)
}
