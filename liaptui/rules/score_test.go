package rules_test

import (
	"slices"
	"testing"

	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

func TestRoundScore(t *testing.T) {
	for _, example := range []struct{ declared, taken, multiplier, want int }{
		{3, 3, 1, 8},
		{0, 0, 2, 6},
		{2, 4, 3, -6},
		{0, 0, 1, 3},
		{0, 3, 1, -3},
		{8, 8, 1, 13},
		{5, 2, 1, -3},
		{4, 0, 2, -8},
		{1, 1, 4, 24},
	} {
		if got := RoundScore(example.declared, example.taken, example.multiplier); got != example.want {
			t.Errorf("declared %d, took %d, times %d: got %d, want %d",
				example.declared, example.taken, example.multiplier, got, example.want)
		}
	}
}

func TestEnd(t *testing.T) {
	for _, example := range []struct {
		scores  [Seats]int
		rounds  int
		over    bool
		winners []int
	}{
		{[Seats]int{51, 49, 51, 10}, 7, true, []int{0, 2}},
		{[Seats]int{49, 49, 49, 49}, 19, false, []int{0, 1, 2, 3}},
		{[Seats]int{50, 0, 0, 0}, 5, true, []int{0}},
		{[Seats]int{-5, -3, -9, -3}, 20, true, []int{1, 3}},
		{[Seats]int{0, 0, 0, 0}, 0, false, []int{0, 1, 2, 3}},
	} {
		if got := GameOver(example.scores, example.rounds); got != example.over {
			t.Errorf("%v after round %d: over is %t", example.scores, example.rounds, got)
		}
		if got := Winners(example.scores); !slices.Equal(got, example.winners) {
			t.Errorf("%v: winners %v, want %v", example.scores, got, example.winners)
		}
	}
}
