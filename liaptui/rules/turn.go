package rules

import (
	"fmt"
	"iter"
	"slices"
)

// CheckOpening tells what the starter of a turn plays with these pieces from
// this hand, or refuses them with a [PlayError].
func CheckOpening(hand, pieces Pieces) (Play, error) {
	play, valid := Classify(pieces)
	switch {
	case play.Count == 0 || play.Count > MaxPlay:
		return Play{}, &PlayError{pieces, fmt.Sprintf("holds %d", play.Count), fmt.Sprintf("1 to %d pieces that form a valid play", MaxPlay)}
	case !hand.Contains(pieces):
		return Play{}, notInHand(hand, pieces)
	case !valid:
		return Play{}, &PlayError{pieces, "is no valid play", "a valid play to start a turn: a single, a pair, soldiers of one colour or a straight of one colour"}
	}
	return play, nil
}

// CheckFollow tells what a follower plays with these pieces from this hand, in
// a turn of count pieces, or refuses them with a [PlayError]. Any pieces will
// do: what is no valid play is a [Discard].
func CheckFollow(hand, pieces Pieces, count int) (Play, error) {
	play, _ := Classify(pieces)
	switch {
	case play.Count != count:
		return Play{}, &PlayError{pieces, fmt.Sprintf("holds %d", play.Count), fmt.Sprintf("exactly %d pieces, as the starter played", count)}
	case !hand.Contains(pieces):
		return Play{}, notInHand(hand, pieces)
	}
	return play, nil
}

func notInHand(hand, pieces Pieces) error {
	return &PlayError{pieces, "is not in the hand", fmt.Sprintf("pieces of [%s]", hand)}
}

// LegalOpenings lists every distinct valid play that the hand holds, by type
// and then by strength, weakest first.
func LegalOpenings(hand Pieces) []Pieces {
	var plays []Pieces
	for count := 1; count <= MaxPlay; count++ {
		plays = slices.AppendSeq(plays, Openings(hand, count))
	}
	return plays
}

// Openings yields those of [LegalOpenings] that have count pieces.
func Openings(hand Pieces, count int) iter.Seq[Pieces] {
	return func(yield func(Pieces) bool) {
		// The order of the types: straights are above soldiers up to four
		// pieces, and below them at five.
		if count == 5 {
			_ = yieldStraights(hand, count, yield) && yieldAlike(hand, count, yield)
		} else if count > 0 {
			_ = yieldAlike(hand, count, yield) && yieldStraights(hand, count, yield)
		}
	}
}

// yieldAlike yields the plays of count pieces of one kind, and reports whether
// the caller wants more.
func yieldAlike(hand Pieces, count int, yield func(Pieces) bool) bool {
	for kinds := hand.held(count); kinds != 0; kinds &= kinds - 1 {
		if !yield(One(kinds.Weakest()) * Pieces(count)) {
			return false
		}
	}
	return true
}

// straights are the plays of three kinds, weakest first.
var straights = [...]Pieces{
	Of(ChariotBlack, HorseBlack, CannonBlack),
	Of(ChariotRed, HorseRed, CannonRed),
	Of(GeneralBlack, AdvisorBlack, ElephantBlack),
	Of(GeneralRed, AdvisorRed, ElephantRed),
}

// yieldStraights yields the straights of count pieces, and reports whether the
// caller wants more.
func yieldStraights(hand Pieces, count int, yield func(Pieces) bool) bool {
	kinds := hand.held(1)
	for _, straight := range straights {
		if kinds&straight != straight {
			continue
		}
		// Of each name one more may join, if it is held twice.
		doubled := (hand - straight) & straight
		for extra := range doubled.Subsets(count - 3) {
			if !yield(straight + extra) {
				return false
			}
		}
	}
	return true
}
