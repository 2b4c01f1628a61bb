package liaptui_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// record is what the events of one game tell, and nothing else.
type record struct {
	deals     []liaptui.Deal
	hands     liaptui.Hands // of the last deal
	openings  []liaptui.Opening
	scores    []liaptui.RoundScore
	declared  [][]liaptui.Declared // by round
	winner    int                  // of the last turn
	winners   []int                // of each round's last turn
	piles     int
	requested []int // since the last deal
}

func (r *record) see(t *testing.T, f room.Fact) {
	t.Helper()
	switch data := f.Data.(type) {
	case liaptui.Deal:
		r.deals = append(r.deals, data)
		r.hands = f.Secret.(liaptui.Hands)
		r.requested = nil
	case liaptui.Seat:
		if f.Type == event.RedealRequested {
			r.requested = append(r.requested, data.Seat)
		}
	case event.StateChange:
		switch detail := data.Detail.(type) {
		case liaptui.Opening:
			r.openings = append(r.openings, detail)
			r.declared = append(r.declared, nil)
			r.piles = 0
		case liaptui.RoundScore:
			r.scores = append(r.scores, detail)
			r.winners = append(r.winners, r.winner)
			if r.piles != rules.HandSize {
				t.Errorf("round %d handed out %d piles", detail.Round, r.piles)
			}
		}
	case liaptui.Declared:
		last := len(r.declared) - 1
		r.declared[last] = append(r.declared[last], data)
	case liaptui.TurnEnd:
		r.winner = data.Winner
		r.piles += data.Piles
	}
}

// asking is a move that asks for a redeal at the first chance of each round.
func asking(g *table, r *record, o room.Offer) room.Command {
	c := g.move(o)
	if c.Type == liaptui.CommandRedeal {
		c.Data = liaptui.Redeal{Accept: r.deals[len(r.deals)-1].Redeals < 2}
	}
	return c
}

// Everything that the rules say of rounds, told by the events of many games.
func TestRoundsGoByTheRules(t *testing.T) {
	t.Parallel()
	redealt, doubled := 0, 0
	for seed := range uint64(80) {
		g, r := newTable(t, liaptui.Config{}), new(record)
		askedFirst := room.NoSeat
		g.seen = func(f room.Fact) {
			if f.Type == event.RoundStarted && f.Data.(liaptui.Deal).Redeals == 0 {
				askedFirst = room.NoSeat
			} else if f.Type == event.RoundStarted {
				from := max(askedFirst, 0)
				if askedFirst == room.NoSeat && len(r.winners) > 0 {
					from = r.winners[len(r.winners)-1]
				}
				askedFirst = firstFrom(from, r.requested)
				redealt++
			}
			r.see(t, f)
			opening, ok := detailOf[liaptui.Opening](f)
			if !ok {
				return
			}
			want, why := askedFirst, "asked for the redeal"
			switch {
			case askedFirst != room.NoSeat:
			case len(r.winners) == 0:
				want, why = rules.FirstStarter(r.hands), "holds the red general"
			default:
				want, why = r.winners[len(r.winners)-1], "won the last turn"
			}
			if opening.Starter != want {
				t.Fatalf("game %d, round %d: seat %d starts, but seat %d %s", seed, len(r.openings), opening.Starter, want, why)
			}
		}
		g.start(seed)
		for !g.over() {
			g.must(asking(g, r, g.offers()[0]))
		}
		checkScores(t, r)
		checkDeclarations(t, r)
		for _, deal := range r.deals {
			if deal.Multiplier != 1+deal.Redeals {
				t.Fatalf("%d redeals multiply by %d", deal.Redeals, deal.Multiplier)
			}
			if deal.Redeals == 2 {
				doubled++
			}
		}
	}
	if redealt == 0 || doubled == 0 {
		t.Errorf("%d redeals, %d of them second ones: the test shows nothing", redealt, doubled)
	}
}

func detailOf[D any](f room.Fact) (D, bool) {
	change, _ := f.Data.(event.StateChange)
	detail, ok := change.Detail.(D)
	return detail, ok
}

// firstFrom is the first of the seats, clockwise from a seat.
func firstFrom(from int, seats []int) int {
	for seat := from; ; seat = (seat + 1) % rules.Seats {
		if slices.Contains(seats, seat) {
			return seat
		}
	}
}

func checkScores(t *testing.T, r *record) {
	t.Helper()
	var totals [rules.Seats]int
	for i, score := range r.scores {
		for seat := range rules.Seats {
			points := rules.RoundScore(score.Declared[seat], score.Taken[seat], score.Multiplier)
			totals[seat] += points
			if score.Points[seat] != points {
				t.Fatalf("round %d: seat %d got %d points for %+v", i+1, seat, score.Points[seat], score)
			}
		}
		if score.Totals != totals {
			t.Fatalf("round %d: totals %v, want %v", i+1, score.Totals, totals)
		}
		if over := rules.GameOver(totals, i+1); over != (i == len(r.scores)-1) {
			t.Fatalf("round %d of %d ended with %v", i+1, len(r.scores), totals)
		}
	}
}

func checkDeclarations(t *testing.T, r *record) {
	t.Helper()
	var zeros [rules.Seats]int
	for i, round := range r.declared {
		sum := 0
		for n, d := range round {
			if want := (r.openings[i].Starter + n) % rules.Seats; d.Seat != want {
				t.Fatalf("round %d: seat %d declared, it was seat %d's turn", i+1, d.Seat, want)
			}
			sum += d.Piles
			zeros[d.Seat]++
			if d.Piles > 0 {
				zeros[d.Seat] = 0
			}
			if zeros[d.Seat] > rules.MaxZeros {
				t.Fatalf("round %d: seat %d declared 0 for the third time", i+1, d.Seat)
			}
		}
		if sum == rules.HandSize {
			t.Fatalf("round %d: the declarations %v add up to 8", i+1, round)
		}
	}
}

// severalWeak finds a game whose first deal has several weak hands.
func severalWeak(t *testing.T) (seed uint64, weak []int) {
	t.Helper()
	for seed := range uint64(100_000) {
		weak := weakSeats(rules.Deal(seed, 0))
		if len(weak) >= 2 {
			return seed, weak
		}
	}
	t.Fatal("no deal has two weak hands")
	return 0, nil
}

func weakSeats(hands [rules.Seats]rules.Pieces) (weak []int) {
	for seat, hand := range hands {
		if hand.Weak() {
			weak = append(weak, seat)
		}
	}
	return weak
}

func TestRedealDoesNotDependOnWhoAnswersFirst(t *testing.T) {
	t.Parallel()
	seed, weak := severalWeak(t)
	for _, accepts := range [][2]bool{{true, true}, {true, false}, {false, true}, {false, false}} {
		var ends [2]liaptui.State
		for n := range ends {
			g := newTable(t, withPauses)
			g.start(seed)
			turns := make(map[int]uint64)
			for _, o := range g.offers() {
				turns[o.Seat] = o.Turn
			}
			if len(turns) != len(weak) {
				t.Fatalf("%d offers for the weak hands %v", len(turns), weak)
			}
			answers := []room.Command{
				{Type: liaptui.CommandRedeal, Seat: weak[0], Turn: turns[weak[0]], Data: liaptui.Redeal{Accept: accepts[0]}},
				{Type: liaptui.CommandRedeal, Seat: weak[1], Turn: turns[weak[1]], Data: liaptui.Redeal{Accept: accepts[1]}},
			}
			if n == 1 {
				slices.Reverse(answers)
			}
			g.must(answers[0])
			if offers := g.offers(); len(offers) != 1 || offers[0].Turn != answers[1].Turn {
				t.Fatalf("after one answer the game waits for %+v", offers)
			}
			refused(t, g.do(answers[0]), room.CodeNotYourTurn)
			g.must(answers[1])
			ends[n] = g.state
		}
		if ends[0] != ends[1] {
			t.Errorf("answers %v: the order matters", accepts)
		}
	}
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if !errors.Is(err, &room.Refusal{Code: code}) {
		t.Errorf("got %v, want a refusal with code %s", err, code)
	}
}

func TestWeakHandThatDoesNotAnswerHasDeclined(t *testing.T) {
	t.Parallel()
	seed, weak := severalWeak(t)
	g := newTable(t, withPauses)
	g.start(seed)
	for _, o := range g.offers() {
		if o.Within != 30*time.Second {
			t.Errorf("a weak hand has %v to decide", o.Within)
		}
		g.must(room.Command{Type: room.Timeout, Seat: o.Seat, Turn: o.Turn})
	}
	var declined []int
	for _, f := range g.facts {
		if f.Type == event.RedealDeclined {
			declined = append(declined, f.Data.(liaptui.Seat).Seat)
		}
	}
	if !slices.Equal(declined, weak) {
		t.Errorf("seats %v declined, want %v", declined, weak)
	}
	if phase := g.view(room.NoSeat).Phase; phase != liaptui.Declaration {
		t.Errorf("the game is in %v", phase)
	}
}

func TestTimeoutLeavesMovesToTheRoom(t *testing.T) {
	t.Parallel()
	for _, phase := range []liaptui.Phase{liaptui.Declaration, liaptui.Turn} {
		g := newTable(t, withPauses)
		g.start(1)
		g.play(func() bool { return g.view(room.NoSeat).Phase == phase })
		o := g.offers()[0]
		before := g.state
		g.must(room.Command{Type: room.Timeout, Seat: o.Seat, Turn: o.Turn})
		if g.state != before {
			t.Errorf("a timeout in %v moved for the seat", phase)
		}
	}
}

func TestPausesEndOnce(t *testing.T) {
	t.Parallel()
	for _, phase := range []liaptui.Phase{liaptui.TurnResults, liaptui.Scoring} {
		g := newTable(t, withPauses)
		g.start(1)
		g.play(func() bool { return g.view(room.NoSeat).Phase == phase })
		offers := g.offers()
		if len(offers) != 1 || offers[0].Seat != room.NoSeat || offers[0].Within != withPauses.ResultsPause {
			t.Fatalf("in %v the game waits for %+v", phase, offers)
		}
		end := g.move(offers[0])
		g.must(end)
		if got := g.view(room.NoSeat).Phase; got == phase {
			t.Fatalf("%v did not end", phase)
		}
		before := g.state
		g.must(end)
		if g.state != before {
			t.Errorf("the end of %v was taken twice", phase)
		}
	}
}

func TestOffersHaveTheirOwnTurn(t *testing.T) {
	t.Parallel()
	g := newTable(t, withPauses)
	g.start(3)
	last := make(map[int]uint64)
	for !g.over() {
		o := g.offers()[0]
		if o.Turn <= last[o.Seat] {
			t.Fatalf("seat %d is offered turn %d after %d", o.Seat, o.Turn, last[o.Seat])
		}
		last[o.Seat] = o.Turn
		g.must(g.move(o))
	}
	if offers := g.offers(); len(offers) > 0 {
		t.Errorf("a game that is over waits for %+v", offers)
	}
}
