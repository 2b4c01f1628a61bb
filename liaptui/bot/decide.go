package bot

import "github.com/pitboss-dev/pitboss/liaptui/rules"

// Redeal decides for a weak hand whether to ask for a redeal. Easy tosses a coin;
// the others do ask, because starting a round for higher stakes is worth more
// than a weak hand, however well it fits together.
func (s Strength) Redeal(v View) bool {
	return s != Easy || v.random().IntN(2) == 0
}

// Declare decides how many piles to declare.
func (s Strength) Declare(v View) int {
	if past, sane := v.history(); sane && len(v.Played) == 0 {
		switch s {
		case Easy:
			return v.declareRoughly()
		case Hard:
			return v.declareBest(&past)
		default:
			return nearest(estimate(v.Hand, v.Seat == v.Starter), v.declarations(), v.ZerosInARow)
		}
	}
	return nearest(0, v.declarations(), v.ZerosInARow)
}

// Play decides which pieces to play: a valid play if it is the bot's to start
// the turn, and otherwise as many pieces as the starter played.
func (s Strength) Play(v View) rules.Pieces {
	if past, sane := v.history(); sane && past.next == v.Seat && v.Hand != 0 {
		switch s {
		case Easy:
			return v.playNaively(&past)
		case Hard:
			return v.playBest(&past)
		default:
			return v.position(&past).play(&past.course)
		}
	}
	return v.anything()
}

// anything is the first play that comes to hand; none if the hand is too small.
func (v *View) anything() rules.Pieces {
	count := 1
	if turn := v.Turn(); len(turn) > 0 {
		count = turn[0].Pieces.Len()
	}
	for pieces := range v.Hand.Subsets(count) {
		return pieces
	}
	return 0
}
