package liaptui

import (
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// apply folds a fact into the state. What is not the game's is ignored.
func apply(s State, f room.Fact) State {
	switch f.Type {
	case event.GameStarted:
		if setup, ok := f.Secret.(room.Setup); ok {
			s = State{seed: setup.Seed, starter: room.NoSeat}
		}
	case event.StateChanged:
		if change, ok := f.Data.(event.StateChange); ok {
			s.enter(change)
		}
	case event.RoundStarted:
		deal, public := f.Data.(Deal)
		hands, secret := f.Secret.(Hands)
		if public && secret {
			s.deal(deal, hands)
		}
	case event.RedealRequested, event.RedealDeclined:
		if data, ok := f.Data.(Seat); ok {
			s.answers[data.Seat] = declined
			if f.Type == event.RedealRequested {
				s.answers[data.Seat] = asked
			}
		}
	case event.DeclarationMade:
		if data, ok := f.Data.(Declared); ok {
			s.declare(data)
		}
	case event.TurnStarted:
		if data, ok := f.Data.(TurnStart); ok {
			s.turn, s.leader = data.Turn, data.Starter
		}
	case event.PiecePlayed:
		if data, ok := f.Data.(Laid); ok {
			s.lay(data)
		}
	case event.TurnEnded:
		if data, ok := f.Data.(TurnEnd); ok {
			s.leader = data.Winner
			s.taken[data.Winner] += data.Piles
			s.turnsWon[data.Winner]++
		}
	}
	return s
}

// enter moves on to a phase, with what its detail says.
func (s *State) enter(change event.StateChange) {
	phase, ok := phaseOf(change.To)
	if !ok {
		return
	}
	s.phase = phase
	s.step++
	switch detail := change.Detail.(type) {
	case Opening:
		s.starter, s.leader = detail.Starter, detail.Starter
	case RoundScore:
		s.scores = detail.Totals
		for seat := range rules.Seats {
			if detail.Declared[seat] == detail.Taken[seat] {
				s.perfect[seat]++
			}
		}
	}
}

// deal starts a round, or starts it anew. Who starts it is known by now but for
// the first round: the winner of the last turn, or who asked for the redeal.
func (s *State) deal(deal Deal, hands Hands) {
	if asker, asks := s.asker(); asks {
		s.starter = asker
	} else if s.round > 0 {
		s.starter = s.leader
	}
	s.step++
	s.deals++
	s.round, s.redeals, s.hands = deal.Round, deal.Redeals, hands
	s.answers = [rules.Seats]answer{}
	s.declared, s.declarers = undeclared, 0
	s.turn, s.taken = 0, [rules.Seats]int{}
	s.played, s.plays = [rules.DeckSize]bot.Played{}, 0
}

var undeclared = [rules.Seats]int{rules.Undeclared, rules.Undeclared, rules.Undeclared, rules.Undeclared}

func (s *State) declare(d Declared) {
	s.step++
	s.declared[d.Seat] = d.Piles
	s.declarers++
	if d.Piles == 0 {
		s.zeros[d.Seat]++
	} else {
		s.zeros[d.Seat] = 0
	}
}

func (s *State) lay(l Laid) {
	s.step++
	s.hands[l.Seat] = s.hands[l.Seat].Remove(l.Pieces)
	s.played[s.plays] = bot.Played{Seat: l.Seat, Pieces: l.Pieces}
	s.plays++
}
