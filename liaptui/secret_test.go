package liaptui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// A seat is shown its own hand and what was played, whatever the game tells it:
// the pieces named in any one text must be among those. The seed is in none.
func TestNobodySeesWhatTheyMayNot(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{9_007_199_254_740_881, 18_446_744_073_709_551_557} {
		g := newTable(t, withPauses)
		var hands liaptui.Hands // as they are now
		var dealt liaptui.Hands
		g.seen = func(f room.Fact) {
			switch data := f.Data.(type) {
			case liaptui.Deal:
				hands = f.Secret.(liaptui.Hands)
				dealt = hands
			case liaptui.Laid:
				hands[data.Seat] = hands[data.Seat].Remove(data.Pieces)
			}
			for seat := room.NoSeat; seat < rules.Seats; seat++ {
				may := rules.Pieces(0) // what may be named, once each
				for other := range rules.Seats {
					may = may.Add(dealt[other].Remove(hands[other])) // played
				}
				if seat != room.NoSeat {
					may = may.Add(hands[seat])
				}
				told := []string{
					encode(t, g.rules.Reveal(f, seat)), encode(t, f.Data), encode(t, g.rules.View(g.state, seat)),
				}
				for _, text := range told {
					if strings.Contains(text, fmt.Sprint(seed)) {
						t.Fatalf("seat %d sees the seed in %s", seat, text)
					}
					if !may.Contains(kindsIn(text)) {
						t.Fatalf("seat %d may know [%s] and sees %s", seat, may, text)
					}
				}
				// Lists of legal moves name a piece in several of them.
				legal := encode(t, g.rules.Legal(g.state, seat))
				for kind := range kindsIn(legal).All() {
					if may.Count(kind) == 0 || strings.Contains(legal, fmt.Sprint(seed)) {
						t.Fatalf("seat %d may know [%s] and is offered %s", seat, may, legal)
					}
				}
			}
		}
		g.start(seed)
		g.play(never)
	}
}

// kindsIn counts the pieces that a text names.
func kindsIn(text string) rules.Pieces {
	var kinds []rules.Kind
	for kind := rules.SoldierBlack; kind <= rules.GeneralRed; kind++ {
		for range strings.Count(text, `"`+kind.String()+`"`) {
			kinds = append(kinds, kind)
		}
	}
	return rules.Of(kinds...)
}

func TestSeatSeesItsOwnHand(t *testing.T) {
	t.Parallel()
	g := newTable(t, withPauses)
	var hands liaptui.Hands
	g.seen = func(f room.Fact) {
		deal, ok := f.Data.(liaptui.Deal)
		if !ok {
			return
		}
		hands = f.Secret.(liaptui.Hands)
		for seat := range rules.Seats {
			shown := g.rules.Reveal(f, seat).(liaptui.Deal)
			if shown.Hand == nil || *shown.Hand != hands[seat] || *g.view(seat).Hand != hands[seat] {
				t.Errorf("seat %d is shown %v", seat, shown.Hand)
			}
		}
		if g.rules.Reveal(f, room.NoSeat).(liaptui.Deal).Hand != nil || g.view(room.NoSeat).Hand != nil || deal.Hand != nil {
			t.Error("a spectator is shown a hand")
		}
	}
	g.start(5)
	g.play(never)
}
