package liaptui

import (
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// script collects the facts that a command brings about, up to where the game
// waits again. Each is applied as it is added, so that the next one is decided
// on the state that it will meet.
type script struct {
	game  game
	state State
	facts []room.Fact
}

func (g game) script(s State) *script { return &script{game: g, state: s} }

func (p *script) add(f room.Fact) {
	p.facts = append(p.facts, f)
	p.state = apply(p.state, f)
}

func (p *script) enter(phase Phase, detail any) { p.add(room.Enter(phase.String(), detail)) }

// deal deals a round's hands, for the first time or anew.
func (p *script) deal(round, redeals int) {
	p.add(room.Fact{
		Type: event.RoundStarted, Seat: room.NoSeat,
		Data:   Deal{Round: round, Redeals: redeals, Multiplier: 1 + redeals},
		Secret: Hands(rules.Deal(p.state.seed, p.state.deals)),
	})
	p.afterAnswers()
}

// answer is a weak hand's.
func (p *script) answer(seat int, accept bool) {
	f := room.Fact{Type: event.RedealDeclined, Seat: seat, Data: Seat{seat}}
	if accept {
		f.Type = event.RedealRequested
	}
	p.add(f)
	p.afterAnswers()
}

// afterAnswers deals anew or starts the round, once nobody is left to ask.
func (p *script) afterAnswers() {
	s := &p.state
	for seat := range rules.Seats {
		if s.waitsFor(seat) {
			return
		}
	}
	if _, asks := s.asker(); asks {
		p.deal(s.round, s.redeals+1)
		return
	}
	starter := s.starter
	if starter == room.NoSeat {
		starter = rules.FirstStarter(s.hands)
	}
	p.enter(RoundStart, Opening{starter})
	p.enter(Declaration, nil)
}

func (p *script) declare(seat, piles int) {
	p.add(room.Fact{Type: event.DeclarationMade, Seat: seat, Data: Declared{seat, piles}})
	if p.state.declarers == rules.Seats {
		p.startTurn()
	}
}

func (p *script) startTurn() {
	p.enter(Turn, nil)
	s := &p.state
	p.add(room.Fact{Type: event.TurnStarted, Seat: s.leader, Data: TurnStart{s.round, s.turn + 1, s.leader}})
}

func (p *script) play(seat int, pieces rules.Pieces, play rules.Play) {
	turn := append(p.state.onTable(), bot.Played{Seat: seat, Pieces: pieces})
	p.add(room.Fact{Type: event.PiecePlayed, Seat: seat, Data: Laid{
		Seat: seat, Pieces: pieces, Type: play.Type, Strength: play.Strength,
		Leads: leaderOf(turn) == len(turn)-1,
	}})
	if len(turn) == rules.Seats {
		p.endTurn()
	}
}

// endTurn gives the piles to the winner.
func (p *script) endTurn() {
	s := &p.state
	turn := s.lastTurn()
	end := TurnEnd{Turn: s.turn, Piles: turn[0].Pieces.Len(), Plays: tablePlays(turn)}
	end.Winner = turn[leaderOf(turn)].Seat
	p.add(room.Fact{Type: event.TurnEnded, Seat: end.Winner, Data: end})
	p.enter(TurnResults, nil)
	if p.game.ResultsPause <= 0 {
		p.afterTurn()
	}
}

// afterTurn starts the next turn, or counts when no pieces are left.
func (p *script) afterTurn() {
	s := &p.state
	if s.hands[s.leader] != 0 {
		p.startTurn()
		return
	}
	score := RoundScore{
		Round: s.round, Declared: s.declared, Taken: s.taken, Multiplier: s.multiplier(), Totals: s.scores,
	}
	for seat := range rules.Seats {
		score.Points[seat] = rules.RoundScore(s.declared[seat], s.taken[seat], score.Multiplier)
		score.Totals[seat] += score.Points[seat]
	}
	p.enter(Scoring, score)
	if p.game.ResultsPause <= 0 {
		p.afterScoring()
	}
}

// afterScoring ends the game or starts the next round.
func (p *script) afterScoring() {
	s := &p.state
	if !rules.GameOver(s.scores, s.round) {
		p.enter(Preparation, nil)
		p.deal(s.round+1, 0)
		return
	}
	p.enter(GameOver, nil)
	scores := s.scores
	p.add(room.Fact{Type: event.GameEnded, Seat: room.NoSeat, Data: event.Result{
		Outcome: event.Completed, Winners: rules.Winners(scores), Scores: scores[:], Rounds: s.round,
		Detail: Statistics{TurnsWon: s.turnsWon, PerfectRounds: s.perfect, Deals: s.deals},
	}})
}
