package bot

import "github.com/pitboss-dev/pitboss/liaptui/rules"

// course is how a round's turns have gone so far.
type course struct {
	taken [rules.Seats]int // piles

	next   int        // seat to play
	plays  int        // made in the turn in progress
	lead   rules.Play // leads the turn in progress
	leader int        // seat that made it
}

// advance adds the next seat's play.
func (c *course) advance(play rules.Play) {
	if c.plays == 0 || play.Beats(c.lead) {
		c.lead, c.leader = play, c.next
	}
	c.plays++
	c.next = (c.next + 1) % rules.Seats
	if c.plays == rules.Seats {
		c.taken[c.leader] += c.lead.Count
		c.next, c.plays = c.leader, 0
	}
}

// toCome is how many seats play after the next one in this turn.
func (c *course) toCome() int { return rules.Seats - 1 - c.plays }

// table is a round with all hands open, as a bot imagines it.
type table struct {
	course
	hands    [rules.Seats]rules.Pieces
	declared [rules.Seats]int
}

// play makes the next seat's play.
func (t *table) play(pieces rules.Pieces) {
	play, _ := rules.Classify(pieces)
	t.hands[t.next] -= pieces
	t.advance(play)
}

// playOut lets everybody play as [Normal] does until the hands are empty.
func (t *table) playOut() {
	for t.hands[t.next] != 0 {
		hand := t.hands[t.next]
		seat := position{
			hand:   hand,
			unseen: t.hands[0] + t.hands[1] + t.hands[2] + t.hands[3] - hand,
			need:   t.declared[t.next] - t.taken[t.next],
		}
		t.play(seat.play(&t.course))
	}
}

// worth is what the finished round is worth to a seat: its points over the mean
// of the others', since only the order counts in the end.
func (t *table) worth(seat int) float64 {
	own, all := 0, 0
	for other, declared := range t.declared {
		points := rules.RoundScore(declared, t.taken[other], 1)
		all += points
		if other == seat {
			own = points
		}
	}
	return float64(own) - float64(all-own)/(rules.Seats-1)
}
