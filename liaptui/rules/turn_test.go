package rules_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

func TestCheckOpening(t *testing.T) {
	hand := Of(GeneralRed, AdvisorRed, ElephantRed, HorseRed, HorseRed, HorseBlack, SoldierBlack, SoldierBlack)
	for _, legal := range LegalOpenings(hand) {
		want, _ := Classify(legal)
		if play, err := CheckOpening(hand, legal); err != nil || play != want {
			t.Errorf("%v: got %v, %v", legal, play, err)
		}
	}
	for _, refused := range []struct {
		pieces Pieces
		why    string
	}{
		{Of(), "holds 0; want 1 to 6"},
		{hand.Remove(One(GeneralRed)), "holds 7; want 1 to 6"},
		{Of(HorseRed, HorseBlack), "[HORSE_RED, HORSE_BLACK] is no valid play"},
		{Of(CannonRed), "want pieces of [GENERAL_RED, ADVISOR_RED"},
		{Of(SoldierBlack, SoldierBlack, SoldierBlack), "is not in the hand"},
		{Of(0), "is not in the hand"},
	} {
		_, err := CheckOpening(hand, refused.pieces)
		checkPlayError(t, err, refused.pieces, refused.why)
	}
}

func TestCheckFollow(t *testing.T) {
	hand := Of(HorseRed, HorseRed, HorseBlack, SoldierBlack)
	if play, err := CheckFollow(hand, Of(HorseRed, HorseRed), 2); err != nil || play.Type != Pair {
		t.Errorf("a pair: got %v, %v", play, err)
	}
	if play, err := CheckFollow(hand, Of(HorseRed, HorseBlack), 2); err != nil || play != (Play{Count: 2}) {
		t.Errorf("a discard: got %v, %v", play, err)
	}
	for _, refused := range []struct {
		pieces Pieces
		why    string
	}{
		{Of(HorseRed), "holds 1; want exactly 2 pieces"},
		{Of(HorseRed, HorseRed, HorseBlack), "holds 3; want exactly 2 pieces"},
		{Of(HorseRed, CannonRed), "is not in the hand"},
	} {
		_, err := CheckFollow(hand, refused.pieces, 2)
		checkPlayError(t, err, refused.pieces, refused.why)
	}
}

func checkPlayError(t *testing.T, err error, pieces Pieces, why string) {
	t.Helper()
	var refused *PlayError
	if !errors.Is(err, ErrIllegalPlay) || !errors.As(err, &refused) || refused.Pieces != pieces {
		t.Errorf("%v: error %v", pieces, err)
	} else if !strings.Contains(err.Error(), why) {
		t.Errorf("%v: %q does not say %q", pieces, err, why)
	}
}

// TestLegalOpenings compares with the naive oracle on every set of pieces.
func TestLegalOpenings(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for i := range 2_000 {
		hand := shuffled(random, 1+random.IntN(HandSize))
		if i%2 == 0 {
			hand = oneColour(random)
		}
		want := map[Pieces]Play{}
		for mask := 1; mask < 1<<len(hand); mask++ {
			if chosen := choose(hand, mask); len(chosen) <= MaxPlay {
				if play := oracle(chosen); play.Type != Discard {
					want[Of(chosen...)] = play
				}
			}
		}
		got := LegalOpenings(Of(hand...))
		if len(got) != len(want) {
			t.Fatalf("%v: %d openings, want %d", hand, len(got), len(want))
		}
		for i, opening := range got {
			play, ok := want[opening]
			if !ok || slices.Contains(got[:i], opening) {
				t.Fatalf("%v: %v is wrong or there twice", hand, opening)
			}
			if i == 0 {
				continue
			}
			before := want[got[i-1]]
			if play.Type < before.Type || play.Type == before.Type && play.Strength < before.Strength {
				t.Fatalf("%v: %v comes before %v", hand, before, play)
			}
		}
	}
}

// TestRoundsHandOutEightPiles plays random legal moves from random deals to the
// end.
func TestRoundsHandOutEightPiles(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	for n := range uint64(5_000) {
		hands := Deal(6, n)
		starter, piles := FirstStarter(hands), 0
		for hands[starter] != 0 {
			var plays []Pieces
			order := PlayOrder(starter)
			for i, seat := range order {
				var legal []Pieces
				var err error
				if i == 0 {
					legal = LegalOpenings(hands[seat])
				} else {
					legal = slices.Collect(hands[seat].Subsets(plays[0].Len()))
				}
				if len(legal) == 0 {
					t.Fatalf("deal %d: seat %d has no move with %v", n, seat, hands[seat])
				}
				choice := legal[random.IntN(len(legal))]
				if i == 0 {
					_, err = CheckOpening(hands[seat], choice)
				} else {
					_, err = CheckFollow(hands[seat], choice, plays[0].Len())
				}
				if err != nil {
					t.Fatalf("deal %d: a listed move is refused: %v", n, err)
				}
				hands[seat] = hands[seat].Remove(choice)
				plays = append(plays, choice)
			}
			piles += plays[0].Len()
			starter = order[Leader(plays...)]
		}
		if hands != [Seats]Pieces{} || piles != HandSize {
			t.Fatalf("deal %d ended with %d piles and %v", n, piles, hands)
		}
	}
}
