package rules_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

func TestLegalDeclarations(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	for _, example := range []struct {
		name  string
		soFar []int
		zeros int
		want  []int
	}{
		{"first", nil, 0, all},
		{"3, 2, 1: the last may not say 2", []int{3, 2, 1}, 0, []int{0, 1, 3, 4, 5, 6, 7, 8}},
		{"5, 4, 0: the last may say anything", []int{5, 4, 0}, 0, all},
		{"the third may still reach 8", []int{3, 2}, 0, all},
		{"the last may not say 0 after 8", []int{8, 0, 0}, 0, all[1:]},
		{"0 twice running", nil, 2, all[1:]},
		{"0 three times running, if it ever came to that", nil, 3, all[1:]},
		{"0 once", nil, 1, all},
		{"both bars", []int{3, 2, 1}, 2, []int{1, 3, 4, 5, 6, 7, 8}},
		{"both bars are the same", []int{4, 4, 0}, 2, all[1:]},
	} {
		if got := LegalDeclarations(example.soFar, example.zeros); !slices.Equal(got, example.want) {
			t.Errorf("%s: got %v, want %v", example.name, got, example.want)
		}
	}
}

func TestCheckDeclarationAgreesWithTheList(t *testing.T) {
	soFar := [][]int{nil, {2}, {2, 3}, {3, 2, 1}, {5, 4, 0}, {8, 0, 0}, {0, 0, 0}}
	for _, made := range soFar {
		for zeros := range 4 {
			legal := LegalDeclarations(made, zeros)
			for piles := -2; piles <= 10; piles++ {
				err := CheckDeclaration(piles, made, zeros)
				if slices.Contains(legal, piles) {
					if err != nil {
						t.Errorf("%d after %v: %v", piles, made, err)
					}
					continue
				}
				var refused *DeclarationError
				if !errors.Is(err, ErrIllegalDeclaration) || !errors.As(err, &refused) {
					t.Errorf("%d after %v: error %v", piles, made, err)
				} else if refused.Piles != piles || !slices.Equal(refused.Allowed, legal) {
					t.Errorf("%d after %v: error with %v", piles, made, refused)
				}
			}
		}
	}
}

func TestDeclarationErrorsSayWhy(t *testing.T) {
	for _, example := range []struct {
		piles int
		soFar []int
		zeros int
		want  string
	}{
		{9, nil, 0, "9 is not a number of piles; want one of [0 1 2 3 4 5 6 7 8]"},
		{2, []int{3, 2, 1}, 0, "2 makes the declarations add up to 8; want one of [0 1 3 4 5 6 7 8]"},
		{0, nil, 2, "0 would be the third time in a row; want one of [1 2 3 4 5 6 7 8]"},
	} {
		err := CheckDeclaration(example.piles, example.soFar, example.zeros)
		if err == nil || !strings.HasSuffix(err.Error(), example.want) {
			t.Errorf("got %v, want %q", err, example.want)
		}
	}
}
