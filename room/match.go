package room

import "fmt"

// match is a running game with its state's type erased. Facts go to a draft
// first, so that a command that fails half-way changes nothing.
type match interface {
	begin()
	decide(c Command) ([]Fact, error)
	apply(f Fact)
	commit()

	// These read the committed state, but for offers, which reads the draft.
	offers(into []Offer) []Offer
	view(seat int) any
	legal(seat int) any
	reveal(f Fact, seat int) any
	state() any

	// encode writes the committed state down, nil where the game has no form
	// for that. restore makes such a text the committed state.
	encode() ([]byte, error)
	restore(text []byte) error
}

type matchOf[S any] struct {
	game      Game[S]
	committed S
	draft     S
}

func (m *matchOf[S]) begin() { m.draft = m.committed }

func (m *matchOf[S]) decide(c Command) ([]Fact, error) { return m.game.Decide(m.draft, c) }

func (m *matchOf[S]) apply(f Fact) { m.draft = m.game.Apply(m.draft, f) }

func (m *matchOf[S]) commit() { m.committed = m.draft }

func (m *matchOf[S]) offers(into []Offer) []Offer {
	if m.game.Offers == nil {
		return into
	}
	return m.game.Offers(m.draft, into)
}

func (m *matchOf[S]) view(seat int) any {
	if m.game.View == nil {
		return m.committed
	}
	return m.game.View(m.committed, seat)
}

func (m *matchOf[S]) legal(seat int) any {
	if m.game.Legal == nil {
		return nil
	}
	return m.game.Legal(m.committed, seat)
}

func (m *matchOf[S]) reveal(f Fact, seat int) any {
	if f.Secret == nil || m.game.Reveal == nil {
		return f.Data
	}
	return m.game.Reveal(f, seat)
}

func (m *matchOf[S]) state() any { return m.committed }

func (m *matchOf[S]) encode() ([]byte, error) {
	if m.game.Encode == nil {
		return nil, nil
	}
	return m.game.Encode(m.committed)
}

func (m *matchOf[S]) restore(text []byte) error {
	if m.game.Decode == nil {
		return fmt.Errorf("game %s decodes no states", m.game.Name)
	}
	var err error
	m.committed, err = m.game.Decode(text)
	return err
}
