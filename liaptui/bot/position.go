package bot

import "github.com/pitboss-dev/pitboss/liaptui/rules"

// position is what a seat must know to play by the strength of its hand.
type position struct {
	hand   rules.Pieces
	unseen rules.Pieces // in the other three hands
	need   int          // piles declared and not taken yet; negative if overshot
}

// The chances of winning a turn below which a seat would rather save its
// pieces. Opening costs little: whoever leads must play something anyway. Both
// come from a search for the best results against itself and [Easy].
const (
	openAbove   = 0.05
	followAbove = 0.6
)

// play chooses the next play. The position's seat is the course's next.
func (p position) play(c *course) rules.Pieces {
	if c.plays == 0 {
		return p.open()
	}
	if p.hand.Len() == c.lead.Count {
		return p.hand
	}
	return p.follow(c.lead, c.toCome())
}

// open chooses the play that starts a turn: the one that is likely to take most
// of the piles still needed, and the least harmful piece if there is none.
func (p position) open() rules.Pieces {
	if p.need <= 0 {
		return rules.One(p.hand.Weakest())
	}
	largest := 2
	if holdsThree(p.hand) {
		largest = rules.MaxPlay
	}
	var best rules.Pieces
	var most float64
	for count := largest; count > 0; count-- {
		if !p.wants(count) {
			continue
		}
		for pieces := range rules.Openings(p.surest(count), count) {
			play, _ := rules.Classify(pieces)
			chance := chanceToHold(play, p.unseen, rules.Seats-1)
			if piles := chance * float64(count); chance > openAbove && piles > most {
				best, most = pieces, piles
			}
		}
	}
	if best == 0 {
		return p.weakest(1)
	}
	return best
}

// surest narrows the hand to what can be the best opening of count pieces. Of
// single pieces that is the weakest that nothing unseen beats, or else the
// strongest.
func (p position) surest(count int) rules.Pieces {
	if count > 1 {
		return p.hand
	}
	if sure := p.hand.Stronger(p.unseen.Strongest().Points() - 1); sure != 0 {
		return rules.One(sure.Weakest())
	}
	return rules.One(p.hand.Strongest())
}

// follow chooses what to play on lead, with so many seats still to come.
func (p position) follow(lead rules.Play, toCome int) rules.Pieces {
	if p.need <= 0 {
		return p.shed(lead)
	}
	if p.wants(lead.Count) {
		if pieces := p.winner(lead, toCome); pieces != 0 {
			return pieces
		}
	}
	return p.weakest(lead.Count)
}

// wants reports whether the seat gains by taking so many piles now. More than
// it needs is a gain only when they are the last, and bring it closer.
func (p position) wants(piles int) bool {
	if piles > p.need {
		return piles == p.hand.Len() && piles < 2*p.need
	}
	return true
}

// winner is the cheapest play that will probably win the turn; none if there is
// none, unless all piles that are left are needed.
func (p position) winner(lead rules.Play, toCome int) rules.Pieces {
	hand := p.hand
	if lead.Type == rules.Single || lead.Type == rules.Pair {
		hand = hand.Stronger(lead.Strength / lead.Count)
	}
	var strongest rules.Pieces
	for pieces := range rules.Openings(hand, lead.Count) {
		play, _ := rules.Classify(pieces)
		if !play.Beats(lead) {
			continue
		}
		if chanceToHold(play, p.unseen, toCome) >= followAbove {
			return pieces
		}
		strongest = pieces
	}
	if p.need < p.hand.Len() {
		return 0
	}
	return strongest
}

// weakest gives up the weakest pieces that are in no combination still needed,
// and if they do not suffice, the weakest of these.
func (p position) weakest(count int) rules.Pieces {
	var given rules.Pieces
	loose := p.hand - combinations(p.hand, p.need)
	for range count {
		if loose == 0 {
			loose = p.hand - given
		}
		piece := rules.One(loose.Weakest())
		given += piece
		loose -= piece
	}
	return given
}

// shed gives up as much strength as possible without taking the lead.
func (p position) shed(lead rules.Play) rules.Pieces {
	if lead.Type == rules.Single {
		if below := p.hand - p.hand.Stronger(lead.Strength); below != 0 {
			return rules.One(below.Strongest())
		}
		return rules.One(p.hand.Weakest())
	}
	strongest := p.strongest(lead.Count)
	if play, _ := rules.Classify(strongest); !play.Beats(lead) {
		return strongest
	}
	best, most := p.weakest(lead.Count), -1
	for pieces := range p.hand.Subsets(lead.Count) {
		play, _ := rules.Classify(pieces)
		if points := pieces.Points(); points > most && !play.Beats(lead) {
			best, most = pieces, points
		}
	}
	return best
}

// strongest is the strongest pieces, whatever they amount to.
func (p position) strongest(count int) rules.Pieces {
	var pieces rules.Pieces
	for range count {
		pieces += rules.One((p.hand - pieces).Strongest())
	}
	return pieces
}
