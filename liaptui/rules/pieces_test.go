package rules_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

// shuffled returns n pieces of a shuffled deck.
func shuffled(random *rand.Rand, n int) []Kind {
	deck := Deck().Kinds()
	random.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
	return deck[:n]
}

// TestPiecesAgainstSlices compares Pieces with plain sorted slices.
func TestPiecesAgainstSlices(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 5_000 {
		mine, other := shuffled(random, random.IntN(12)), shuffled(random, random.IntN(5))
		pieces := Of(mine...)

		rest, missing := slices.Clone(mine), false
		for _, kind := range other {
			if i := slices.Index(rest, kind); i >= 0 {
				rest = slices.Delete(rest, i, i+1)
			} else {
				missing = true
			}
		}
		for _, list := range [][]Kind{mine, rest} {
			slices.Sort(list)
			slices.Reverse(list)
		}
		if pieces.Len() != len(mine) || !slices.Equal(pieces.Kinds(), mine) {
			t.Fatalf("%v became %v", mine, pieces)
		}
		if pieces.Contains(Of(other...)) == missing {
			t.Fatalf("%v contains %v: %t", mine, other, missing)
		}
		if got := pieces.Remove(Of(other...)); !slices.Equal(got.Kinds(), rest) {
			t.Fatalf("%v without %v is %v, want %v", mine, other, got, rest)
		}
		if got := Of(other...).Add(pieces); got != Of(append(other, mine...)...) {
			t.Fatalf("%v and %v are %v", other, mine, got)
		}
		weak := true
		for _, kind := range mine {
			weak = weak && kind.Points() <= 9
		}
		if pieces.Weak() != weak {
			t.Fatalf("%v weak: %t", mine, pieces.Weak())
		}
		if len(mine) > 0 && (pieces.Strongest() != mine[0] || pieces.Weakest() != mine[len(mine)-1]) {
			t.Fatalf("%v: strongest %v, weakest %v", mine, pieces.Strongest(), pieces.Weakest())
		}
	}
}

// TestSubsets compares with all bit masks over the hand.
func TestSubsets(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for range 300 {
		hand := shuffled(random, 1+random.IntN(8))
		for n := range 10 {
			want := map[Pieces]bool{}
			for mask := range 1 << len(hand) {
				if chosen := choose(hand, mask); len(chosen) == n {
					want[Of(chosen...)] = true
				}
			}
			got := map[Pieces]bool{}
			for subset := range Of(hand...).Subsets(n) {
				if !want[subset] || got[subset] {
					t.Fatalf("%d of %v: %v is wrong or there twice", n, hand, subset)
				}
				got[subset] = true
			}
			if len(got) != len(want) {
				t.Fatalf("%d of %v: %d subsets, want %d", n, hand, len(got), len(want))
			}
		}
	}
}

// choose returns the pieces of the hand whose bits are set in mask.
func choose(hand []Kind, mask int) []Kind {
	var chosen []Kind
	for i, kind := range hand {
		if mask>>i&1 == 1 {
			chosen = append(chosen, kind)
		}
	}
	return chosen
}

func TestSubsetsStops(t *testing.T) {
	count := 0
	for range Deck().Subsets(4) {
		if count++; count == 3 {
			break
		}
	}
	if count != 3 {
		t.Errorf("%d subsets after a break at 3", count)
	}
}

func TestPiecesJSON(t *testing.T) {
	text, err := json.Marshal(Of(SoldierBlack, HorseRed, GeneralRed, HorseRed))
	if want := `["GENERAL_RED","HORSE_RED","HORSE_RED","SOLDIER_BLACK"]`; err != nil || string(text) != want {
		t.Errorf("got %s, %v; want %s", text, err, want)
	}
	if text, err := json.Marshal(Pieces(0)); err != nil || string(text) != "[]" {
		t.Errorf("no pieces encode as %s, %v", text, err)
	}
	var pieces Pieces
	if err := json.Unmarshal([]byte(`["HORSE_RED","GENERAL_RED"]`), &pieces); err != nil || pieces != Of(GeneralRed, HorseRed) {
		t.Errorf("got %v, %v", pieces, err)
	}
	if err := json.Unmarshal([]byte(`["HORSE"]`), &pieces); !errors.Is(err, ErrUnknownName) {
		t.Errorf("HORSE decodes: error %v", err)
	}
	if err := json.Unmarshal([]byte(`"AQID"`), &pieces); err == nil {
		t.Errorf("a text decodes as %v", pieces)
	}
	long := "[" + strings.Repeat(`"HORSE_RED",`, DeckSize) + `"HORSE_RED"]`
	if err := json.Unmarshal([]byte(long), &pieces); err == nil {
		t.Errorf("33 pieces decode as %v", pieces)
	}
}

// TestNonsense: what no deck holds is in no hand and is no play.
func TestNonsense(t *testing.T) {
	many := make([]Kind, DeckSize)
	for i := range many {
		many[i] = SoldierBlack
	}
	for _, pieces := range []Pieces{
		Of(0), Of(15), Of(255), Of(GeneralRed, 0), Of(many...), Of(GeneralRed, GeneralRed),
		Of(HorseRed, HorseRed, HorseRed), Of(ChariotRed, HorseRed, CannonRed, CannonRed, CannonRed),
	} {
		if Deck().Contains(pieces) {
			t.Errorf("the deck contains %v", pieces)
		}
		if play, ok := Classify(pieces); ok || play.Type != Discard || play.Strength != 0 {
			t.Errorf("%v is a %v", pieces, play)
		}
	}
}
