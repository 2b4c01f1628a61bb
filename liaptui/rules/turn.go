package rules

import "fmt"

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
func LegalOpenings(hand Pieces) []Pieces { return AppendOpenings(nil, hand) }

// AppendOpenings appends what [LegalOpenings] lists to plays.
func AppendOpenings(plays []Pieces, hand Pieces) []Pieces {
	plays = appendAlike(plays, hand, 1)
	plays = appendAlike(plays, hand, 2)
	plays = appendAlike(plays, hand, 3)
	plays = appendStraights(plays, hand, 3)
	plays = appendAlike(plays, hand, 4)
	plays = appendStraights(plays, hand, 4)
	plays = appendStraights(plays, hand, 5)
	plays = appendAlike(plays, hand, 5)
	return appendStraights(plays, hand, 6)
}

// appendAlike appends the plays of count pieces of one kind.
func appendAlike(plays []Pieces, hand Pieces, count int) []Pieces {
	for rest := hand; rest != 0; {
		kind := rest.Weakest()
		if rest.Count(kind) >= count {
			plays = append(plays, One(kind)*Pieces(count))
		}
		rest -= One(kind) * Pieces(rest.Count(kind))
	}
	return plays
}

// appendStraights appends the straights of count pieces.
func appendStraights(plays []Pieces, hand Pieces, count int) []Pieces {
	for _, top := range [...]Kind{ChariotBlack, ChariotRed, GeneralBlack, GeneralRed} {
		straight := One(top) + One(top-2) + One(top-4)
		if !hand.Contains(straight) {
			continue
		}
		// Of each name one more may join: a subset of those that are held twice.
		doubles := hand.Remove(straight) & straight
		for extra := range doubles.Subsets(count - 3) {
			plays = append(plays, straight+extra)
		}
	}
	return plays
}
