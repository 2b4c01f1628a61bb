package bot

import (
	"math/rand/v2"
	"slices"

	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// How much Hard thinks. Twice the deals take twice the time, and win 71 instead
// of 67 of a hundred games against three Normal. One draft alone wins 63.
const (
	deals       = 8 // imagined for a decision; every move is tried on the same ones
	drafts      = 3 // dealt for each, of which the most credible is kept
	declareSpan = 2 // piles up and down from the estimate that are tried
)

// declareBest is the declaration that does best in the imagined deals.
func (v *View) declareBest(past *history) int {
	soFar := v.declarations()
	guess := estimate(v.Hand, v.Seat == v.Starter)
	var candidates []int
	for _, piles := range rules.LegalDeclarations(soFar, v.ZerosInARow) {
		if distance(guess, piles) <= declareSpan+0.5 {
			candidates = append(candidates, piles)
		}
	}
	if len(candidates) == 0 {
		return nearest(guess, soFar, v.ZerosInARow)
	}
	return candidates[v.bestOf(past, len(candidates), func(t *table, i int) {
		t.declared[v.Seat] = candidates[i]
		t.declareRest(v.Starter)
	})]
}

// declareRest lets everybody who has not declared do so as [Normal] does.
func (t *table) declareRest(starter int) {
	soFar := make([]int, 0, rules.Seats)
	for _, seat := range rules.PlayOrder(starter) {
		if t.declared[seat] == rules.Undeclared {
			t.declared[seat] = nearest(estimate(t.hands[seat], seat == starter), soFar, 0)
		}
		soFar = append(soFar, t.declared[seat])
	}
}

// playBest is the play that does best in the imagined deals.
func (v *View) playBest(past *history) rules.Pieces {
	candidates := v.candidates(past)
	if len(candidates) == 1 {
		return candidates[0]
	}
	return candidates[v.bestOf(past, len(candidates), func(t *table, i int) {
		t.play(candidates[i])
	})]
}

// candidates is the plays worth a thought: all that may start a turn; to
// follow, all that win it so far and the sensible ways to discard.
func (v *View) candidates(past *history) []rules.Pieces {
	if past.plays == 0 {
		return rules.LegalOpenings(v.Hand)
	}
	lead := past.lead
	if lead.Count == 1 {
		return slices.Collect(rules.Openings(v.Hand, 1))
	}
	p := v.position(past)
	plays := []rules.Pieces{p.weakest(lead.Count), p.shed(lead), position{hand: v.Hand}.weakest(lead.Count)}
	for pieces := range rules.Openings(v.Hand, lead.Count) {
		if play, _ := rules.Classify(pieces); play.Beats(lead) {
			plays = append(plays, pieces)
		}
	}
	slices.Sort(plays)
	return slices.Compact(plays)
}

// bestOf tries n moves on imagined deals, plays each round out, and returns the
// index of the move that earned most. It is move's task to make move i.
func (v *View) bestOf(past *history, n int, move func(t *table, i int)) int {
	earned := make([]float64, n)
	random := v.random()
	unseen := v.unseen(past).Kinds()
	start := table{course: past.course, declared: v.Declared}
	var t table
	for range deals {
		start.hands = v.imagine(past, unseen, random)
		for i := range earned {
			t = start
			move(&t, i)
			t.playOut()
			earned[i] += t.worth(v.Seat)
		}
	}
	best := 0
	for i := range earned {
		if earned[i] > earned[best] {
			best = i
		}
	}
	return best
}

// imagine deals the unseen pieces to the others, a few times over, and returns
// the deal in which the declarations make most sense.
func (v *View) imagine(past *history, unseen []rules.Kind, random *rand.Rand) [rules.Seats]rules.Pieces {
	var best [rules.Seats]rules.Pieces
	least := -1.0
	for range drafts {
		hands := v.dealUnseen(past, unseen, random)
		odd := 0.0
		for seat, piles := range v.Declared {
			if seat != v.Seat && piles != rules.Undeclared {
				off := distance(estimate(hands[seat]+past.shown[seat], seat == v.Starter), piles)
				odd += off * off
			}
		}
		if least < 0 || odd < least {
			best, least = hands, odd
		}
	}
	return best
}

// dealUnseen deals each of the others as many of the unseen pieces as it holds.
func (v *View) dealUnseen(past *history, unseen []rules.Kind, random *rand.Rand) [rules.Seats]rules.Pieces {
	var hands [rules.Seats]rules.Pieces
	left := len(unseen)
	for seat, shown := range past.shown {
		if seat == v.Seat {
			hands[seat] = v.Hand
			continue
		}
		for range rules.HandSize - shown.Len() {
			i := random.IntN(left)
			left--
			unseen[i], unseen[left] = unseen[left], unseen[i]
			hands[seat] += rules.One(unseen[left])
		}
	}
	return hands
}
