package rules_test

import (
	"testing"

	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

// TestDealIsForever pins deals: journals already written replay from them, so
// this test is never to be updated.
func TestDealIsForever(t *testing.T) {
	for _, pinned := range []struct {
		seed, n uint64
		hands   [Seats]string
	}{
		{0, 0, [Seats]string{
			"ADVISOR_BLACK, ELEPHANT_RED, HORSE_BLACK, CANNON_BLACK, SOLDIER_BLACK, SOLDIER_BLACK, SOLDIER_BLACK, SOLDIER_BLACK",
			"ADVISOR_BLACK, ELEPHANT_BLACK, CHARIOT_RED, CHARIOT_BLACK, HORSE_BLACK, CANNON_RED, CANNON_RED, CANNON_BLACK",
			"GENERAL_RED, GENERAL_BLACK, ADVISOR_RED, ELEPHANT_RED, CHARIOT_BLACK, HORSE_RED, SOLDIER_RED, SOLDIER_BLACK",
			"ADVISOR_RED, ELEPHANT_BLACK, CHARIOT_RED, HORSE_RED, SOLDIER_RED, SOLDIER_RED, SOLDIER_RED, SOLDIER_RED",
		}},
		{7, 0, [Seats]string{
			"ADVISOR_RED, CHARIOT_RED, HORSE_RED, HORSE_RED, CANNON_RED, SOLDIER_RED, SOLDIER_BLACK, SOLDIER_BLACK",
			"ADVISOR_BLACK, ADVISOR_BLACK, CANNON_RED, CANNON_BLACK, SOLDIER_RED, SOLDIER_RED, SOLDIER_RED, SOLDIER_BLACK",
			"GENERAL_RED, ELEPHANT_RED, ELEPHANT_BLACK, ELEPHANT_BLACK, CHARIOT_RED, CANNON_BLACK, SOLDIER_RED, SOLDIER_BLACK",
			"GENERAL_BLACK, ADVISOR_RED, ELEPHANT_RED, CHARIOT_BLACK, CHARIOT_BLACK, HORSE_BLACK, HORSE_BLACK, SOLDIER_BLACK",
		}},
		{7, 1, [Seats]string{
			"ADVISOR_BLACK, CHARIOT_RED, CANNON_RED, SOLDIER_RED, SOLDIER_RED, SOLDIER_BLACK, SOLDIER_BLACK, SOLDIER_BLACK",
			"GENERAL_RED, GENERAL_BLACK, HORSE_RED, HORSE_BLACK, CANNON_BLACK, SOLDIER_RED, SOLDIER_RED, SOLDIER_RED",
			"ADVISOR_RED, ADVISOR_BLACK, CHARIOT_RED, CHARIOT_BLACK, CHARIOT_BLACK, HORSE_RED, CANNON_BLACK, SOLDIER_BLACK",
			"ADVISOR_RED, ELEPHANT_RED, ELEPHANT_RED, ELEPHANT_BLACK, ELEPHANT_BLACK, HORSE_BLACK, CANNON_RED, SOLDIER_BLACK",
		}},
		{9223372036854775808, 1099511627776, [Seats]string{
			"ADVISOR_BLACK, ELEPHANT_RED, CHARIOT_BLACK, HORSE_BLACK, CANNON_RED, SOLDIER_RED, SOLDIER_RED, SOLDIER_BLACK",
			"ADVISOR_RED, ADVISOR_BLACK, ELEPHANT_RED, HORSE_RED, CANNON_BLACK, SOLDIER_RED, SOLDIER_BLACK, SOLDIER_BLACK",
			"GENERAL_RED, ELEPHANT_BLACK, ELEPHANT_BLACK, CHARIOT_RED, CHARIOT_BLACK, HORSE_RED, CANNON_RED, SOLDIER_RED",
			"GENERAL_BLACK, ADVISOR_RED, CHARIOT_RED, HORSE_BLACK, CANNON_BLACK, SOLDIER_RED, SOLDIER_BLACK, SOLDIER_BLACK",
		}},
	} {
		for seat, hand := range Deal(pinned.seed, pinned.n) {
			if hand.String() != pinned.hands[seat] {
				t.Errorf("deal %d of seed %d, seat %d: %v", pinned.n, pinned.seed, seat, hand)
			}
		}
	}
}

func TestDealHandsOutTheDeck(t *testing.T) {
	seen := map[[Seats]Pieces]bool{}
	for seed := range uint64(50) {
		for n := range uint64(50) {
			hands := Deal(seed, n)
			if hands[0].Add(hands[1]).Add(hands[2]).Add(hands[3]) != Deck() {
				t.Fatalf("deal %d of seed %d is not the deck: %v", n, seed, hands)
			}
			for seat, hand := range hands {
				if hand.Len() != HandSize {
					t.Fatalf("deal %d of seed %d: seat %d has %d pieces", n, seed, seat, hand.Len())
				}
			}
			if starter := FirstStarter(hands); hands[starter].Count(GeneralRed) != 1 {
				t.Fatalf("the first starter has no red general: %v", hands[starter])
			}
			if seen[hands] {
				t.Fatalf("deal %d of seed %d was there before", n, seed)
			}
			seen[hands] = true
		}
	}
}

// TestDealIsFair: each seat gets each kind about equally often. The bound is
// five standard deviations of a binomial count.
func TestDealIsFair(t *testing.T) {
	const deals = 20_000
	var got [Seats][KindCount + 1]float64
	for n := range uint64(deals) {
		for seat, hand := range Deal(2024, n) {
			for kind := range hand.All() {
				got[seat][kind]++
			}
		}
	}
	for seat := range got {
		for kind := SoldierBlack; kind <= GeneralRed; kind++ {
			want := deals * float64(kind.Copies()) / Seats
			if off := got[seat][kind] - want; off*off > 25*want*(1-1.0/Seats) {
				t.Errorf("seat %d got %v %.0f times, want about %.0f", seat, kind, got[seat][kind], want)
			}
		}
	}
}

func TestPlayOrder(t *testing.T) {
	if got := PlayOrder(2); got != [Seats]int{2, 3, 0, 1} {
		t.Errorf("from seat 2: %v", got)
	}
}
