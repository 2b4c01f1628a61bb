package liaptui

import (
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// Name is what rooms and metrics call the game.
const Name = "liaptui"

// Config says how long the game waits. Its zero value is the game as the rules
// have it, without pauses.
type Config struct {
	// TurnTime is how long a seat has to declare or to play, before a bot does
	// it. Zero or less: 30 s.
	TurnTime time.Duration
	// RedealTime is how long a weak hand has to ask for a redeal, before it has
	// declined. Zero or less: 30 s.
	RedealTime time.Duration
	// ResultsPause is how long the results of a turn and of a round are shown.
	// Zero or less: not at all, the game moves on in the same step.
	ResultsPause time.Duration
}

const defaultTime = 30 * time.Second

// New returns the game's rules for a room host. All of its functions are pure
// and safe for concurrent use.
func New(c Config) room.Game[State] {
	if c.TurnTime <= 0 {
		c.TurnTime = defaultTime
	}
	if c.RedealTime <= 0 {
		c.RedealTime = defaultTime
	}
	g := game{c}
	return room.Game[State]{
		Name: Name, Seats: rules.Seats,
		Strengths: []string{bot.Easy.String(), bot.Normal.String(), bot.Hard.String()},
		Decide:    g.decide, Apply: apply,
		Offers: g.offers, View: view, Legal: legal, Reveal: reveal, Types: types, Parse: Parse,
		Encode: encode, Decode: decode,
	}
}

type game struct{ Config }

// offers is what the game waits for.
func (g game) offers(s State, into []room.Offer) []room.Offer {
	switch s.phase {
	case Preparation:
		for seat := range rules.Seats {
			if s.waitsFor(seat) {
				into = append(into, room.Offer{Seat: seat, Turn: s.step, Within: g.RedealTime})
			}
		}
	case Declaration, Turn:
		into = append(into, room.Offer{Seat: s.current(), Turn: s.step, Within: g.TurnTime})
	case TurnResults, Scoring:
		into = append(into, room.Offer{Seat: room.NoSeat, Turn: s.step, Within: g.ResultsPause})
	}
	return into
}

// decide says what a command brings about.
func (g game) decide(s State, c room.Command) ([]room.Fact, error) {
	if c.Type == room.Start {
		return g.start(s), nil
	}
	if c.Type == room.Timeout {
		return g.timeout(s, c), nil
	}
	if !s.waitsFor(c.Seat) {
		return nil, room.Refuse(room.CodeNotYourTurn, "%s", s.whoseTurn())
	}
	switch data := c.Data.(type) {
	case Redeal:
		return g.redeal(s, c.Seat, data.Accept)
	case Declare:
		return g.declare(s, c.Seat, data.Piles)
	case Play:
		return g.play(s, c.Seat, data.Pieces)
	}
	return nil, unknownCommand(c.Type)
}

// start begins the first round.
func (g game) start(s State) []room.Fact {
	if s.phase != Waiting {
		return nil
	}
	p := g.script(s)
	p.enter(Preparation, nil)
	p.deal(1, 0)
	return p.facts
}

// timeout ends a pause, or declines for a seat that did not say whether it
// wants a redeal. Declarations and plays are not made here: the room lets a bot
// stand in.
func (g game) timeout(s State, c room.Command) []room.Fact {
	p := g.script(s)
	switch {
	case c.Turn != 0 && c.Turn != s.step:
	case s.phase == Preparation && s.waitsFor(c.Seat):
		p.answer(c.Seat, false)
	case s.phase == TurnResults && c.Seat == room.NoSeat:
		p.afterTurn()
	case s.phase == Scoring && c.Seat == room.NoSeat:
		p.afterScoring()
	}
	return p.facts
}

func (g game) redeal(s State, seat int, accept bool) ([]room.Fact, error) {
	if s.phase != Preparation {
		return nil, room.Refuse(CodeIllegalRedeal, "a redeal is asked for in %s; now it is %s: %s", Preparation, s.phase, s.wants())
	}
	p := g.script(s)
	p.answer(seat, accept)
	return p.facts, nil
}

func (g game) declare(s State, seat, piles int) ([]room.Fact, error) {
	if s.phase != Declaration {
		return nil, room.Refuse(CodeIllegalDeclaration, "piles are declared in %s; now it is %s: %s", Declaration, s.phase, s.wants())
	}
	if err := rules.CheckDeclaration(piles, s.declarations(), s.zeros[seat]); err != nil {
		return nil, room.Refuse(CodeIllegalDeclaration, "%v", err)
	}
	p := g.script(s)
	p.declare(seat, piles)
	return p.facts, nil
}

func (g game) play(s State, seat int, pieces rules.Pieces) ([]room.Fact, error) {
	if s.phase != Turn {
		return nil, room.Refuse(CodeIllegalPlay, "pieces are played in %s; now it is %s: %s", Turn, s.phase, s.wants())
	}
	play, err := s.check(seat, pieces)
	if err != nil {
		return nil, room.Refuse(CodeIllegalPlay, "%v", err)
	}
	p := g.script(s)
	p.play(seat, pieces, play)
	return p.facts, nil
}

// check tells what the pieces are worth, or why the seat may not play them.
func (s *State) check(seat int, pieces rules.Pieces) (rules.Play, error) {
	if turn := s.onTable(); len(turn) > 0 {
		return rules.CheckFollow(s.hands[seat], pieces, turn[0].Pieces.Len())
	}
	return rules.CheckOpening(s.hands[seat], pieces)
}

// whoseTurn says who may move, to someone who may not.
func (s *State) whoseTurn() string {
	switch s.phase {
	case Preparation:
		return "only seats with a weak hand decide about a redeal, once"
	case Declaration, Turn:
		return fmt.Sprintf("it is seat %d's turn", s.current())
	}
	return fmt.Sprintf("nobody moves in %s", s.phase)
}

// wants says what the seat whose turn it is should send.
func (s *State) wants() string {
	switch s.phase {
	case Preparation:
		return `send redeal {"accept":true} or {"accept":false}`
	case Declaration:
		return `send declare {"piles":N}`
	default:
		return `send play {"pieces":[...]}`
	}
}
