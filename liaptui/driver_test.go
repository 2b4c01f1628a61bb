package liaptui_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// table drives a game without a room: it decides and applies, and keeps what
// happened.
type table struct {
	t     testing.TB
	rules room.Game[liaptui.State]
	state liaptui.State
	facts []room.Fact
	seen  func(f room.Fact) // called after each fact; nil: nothing
}

// withPauses is a game whose results are shown, so that every phase but
// ROUND_START waits.
var withPauses = liaptui.Config{ResultsPause: time.Second}

func newTable(t testing.TB, c liaptui.Config) *table {
	t.Helper()
	return &table{t: t, rules: liaptui.New(c)}
}

// start begins the game from a seed.
func (g *table) start(seed uint64) {
	g.t.Helper()
	setup := room.Setup{Seed: seed, Players: []string{"a", "b", "c", "d"}}
	g.apply(room.Fact{
		Type: event.GameStarted, Seat: room.NoSeat,
		Data: event.Start{Game: liaptui.Name, Players: setup.Players}, Secret: setup,
	})
	g.must(room.Command{Type: room.Start, Seat: room.NoSeat, Data: setup})
}

func (g *table) apply(facts ...room.Fact) {
	for _, f := range facts {
		g.facts = append(g.facts, f)
		g.state = g.rules.Apply(g.state, f)
		if g.seen != nil {
			g.seen(f)
		}
	}
}

// do decides a command and applies what it brings about.
func (g *table) do(c room.Command) error {
	before := g.state
	facts, err := g.rules.Decide(g.state, c)
	if g.state != before {
		g.t.Fatalf("deciding %s changed the state", c.Type)
	}
	if err != nil && len(facts) > 0 {
		g.t.Fatalf("%s was refused and has facts", c.Type)
	}
	g.apply(facts...)
	return err
}

func (g *table) must(c room.Command) {
	g.t.Helper()
	if err := g.do(c); err != nil {
		g.t.Fatalf("%s of seat %d: %v", c.Type, c.Seat, err)
	}
}

func (g *table) offers() []room.Offer { return g.rules.Offers(g.state, nil) }

func (g *table) view(seat int) liaptui.View { return g.rules.View(g.state, seat).(liaptui.View) }

func (g *table) over() bool { return g.view(room.NoSeat).Phase == liaptui.GameOver }

// move answers an offer as the simplest legal move would: a redeal refused, the
// first legal declaration, the first legal play. A pause ends.
func (g *table) move(o room.Offer) room.Command {
	if o.Seat == room.NoSeat {
		return room.Command{Type: room.Timeout, Seat: room.NoSeat, Turn: o.Turn}
	}
	c := room.Command{Seat: o.Seat, Turn: o.Turn}
	switch legal := g.rules.Legal(g.state, o.Seat).(type) {
	case []int:
		c.Type, c.Data = liaptui.CommandDeclare, liaptui.Declare{Piles: legal[0]}
	case []rules.Pieces:
		c.Type, c.Data = liaptui.CommandPlay, liaptui.Play{Pieces: legal[0]}
	default:
		var bound struct {
			Redeal []bool
			Count  int
			Hand   rules.Pieces
		}
		decode(g.t, legal, &bound)
		if bound.Redeal != nil {
			c.Type, c.Data = liaptui.CommandRedeal, liaptui.Redeal{}
			break
		}
		c.Type = liaptui.CommandPlay
		for pieces := range bound.Hand.Subsets(bound.Count) {
			c.Data = liaptui.Play{Pieces: pieces}
			break
		}
	}
	return c
}

// play plays until the game is over or the test has seen enough.
func (g *table) play(enough func() bool) {
	g.t.Helper()
	for steps := 0; !g.over() && !enough(); steps++ {
		offers := g.offers()
		if len(offers) == 0 {
			g.t.Fatalf("the game waits for nothing in %s", g.view(room.NoSeat).Phase)
		}
		if steps > 10_000 {
			g.t.Fatal("the game does not end")
		}
		g.must(g.move(offers[0]))
	}
}

func never() bool { return false }

func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decode(t testing.TB, from, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(encode(t, from)), into); err != nil {
		t.Fatal(err)
	}
}
