package bot

import "github.com/pitboss-dev/pitboss/liaptui/rules"

// Redeal decides for a weak hand whether to ask for a redeal.
func (s Strength) Redeal(v View) bool {
	return true
}

// Declare decides how many piles to declare.
func (s Strength) Declare(v View) int {
	legal := rules.LegalDeclarations(v.declarations(), v.ZerosInARow)
	return legal[min(1, len(legal)-1)]
}

// Play decides which pieces to play: a valid play if it is the bot's to start
// the turn, and otherwise as many pieces as the starter played.
func (s Strength) Play(v View) rules.Pieces {
	turn := v.Turn()
	if len(turn) == 0 {
		openings := rules.LegalOpenings(v.Hand)
		if len(openings) == 0 {
			return 0
		}
		return openings[len(openings)-1]
	}
	for choice := range v.Hand.Subsets(turn[0].Pieces.Len()) {
		return choice
	}
	return 0
}
