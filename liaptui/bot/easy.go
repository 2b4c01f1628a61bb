package bot

import (
	"slices"

	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// blunders is one play of how many that Easy makes at random.
const blunders = 8

// declareRoughly is what the hand is good for, but every other time one less or
// one more.
func (v *View) declareRoughly() int {
	off := [...]float64{-1, 0, 0, 1}[v.random().IntN(4)]
	return nearest(estimate(v.Hand, v.Seat == v.Starter)+off, v.declarations(), v.ZerosInARow)
}

// playNaively plays the strongest while piles are needed and the weakest after
// that, whatever there is to be won; now and then it plays anything.
func (v *View) playNaively(past *history) rules.Pieces {
	random := v.random()
	blunder := random.IntN(blunders) == 0
	need := v.Declared[v.Seat] - past.taken[v.Seat]
	if past.plays == 0 {
		openings := rules.LegalOpenings(v.Hand)
		switch {
		case blunder:
			return openings[random.IntN(len(openings))]
		case need > 0:
			return openings[len(openings)-1]
		default:
			return openings[0]
		}
	}
	if blunder {
		choices := slices.Collect(v.Hand.Subsets(past.lead.Count))
		return choices[random.IntN(len(choices))]
	}
	var best rules.Pieces
	if need > 0 {
		for pieces := range rules.Openings(v.Hand, past.lead.Count) {
			if play, _ := rules.Classify(pieces); play.Beats(past.lead) {
				best = pieces
			}
		}
	}
	if best == 0 {
		return position{hand: v.Hand}.weakest(past.lead.Count)
	}
	return best
}
