package bot

import "github.com/pitboss-dev/pitboss/liaptui/rules"

// The chances that a single stronger piece, or the two pieces of a stronger
// pair, do not come down on a play while 0, 1, 2 or 3 seats are still to play:
// close to how the unseen pieces fall on three hands, adjusted by the same
// search as openAbove. A play of three pieces and more is rarely beaten.
var (
	escapeSingle = [rules.Seats]float64{1, 0.67, 0.45, 0.15}
	escapePair   = [rules.Seats]float64{1, 0.9, 0.8, 0.7}
)

const escapeLarge = 0.9

// escapeSingles is the chance against so many stronger pieces.
var escapeSingles = escapes(escapeSingle)

func escapes(one [rules.Seats]float64) (all [rules.Seats][rules.DeckSize]float64) {
	for toCome := range all {
		chance := 1.0
		for stronger := range all[toCome] {
			all[toCome][stronger] = chance
			chance *= one[toCome]
		}
	}
	return all
}

// chanceToHold estimates how likely a play that leads will win the turn,
// although some of the unseen pieces are in the hands of seats still to come.
func chanceToHold(play rules.Play, unseen rules.Pieces, toCome int) float64 {
	chance := 1.0
	switch {
	case toCome == 0:
	case play.Type == rules.Single:
		return escapeSingles[toCome][unseen.Stronger(play.Strength).Len()]
	case play.Type == rules.Pair:
		for range rules.Openings(unseen.Stronger(play.Strength/2), 2) {
			chance *= escapePair[toCome]
		}
	default:
		chance = escapeLarge
	}
	return chance
}
