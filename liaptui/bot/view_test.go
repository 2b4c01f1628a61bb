package bot_test

import (
	"errors"
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

func TestStrengthTexts(t *testing.T) {
	if zero := bot.Strength(0); zero.String() != "normal" {
		t.Errorf("the zero value is %v", zero)
	}
	for _, name := range []string{"easy", "normal", "hard"} {
		var strength bot.Strength
		if err := strength.UnmarshalText([]byte(name)); err != nil || strength.String() != name {
			t.Errorf("%s decodes as %v, %v", name, strength, err)
		}
		if text, err := strength.MarshalText(); err != nil || string(text) != name {
			t.Errorf("%s encodes as %q, %v", name, text, err)
		}
	}
	if err := new(bot.Strength).UnmarshalText([]byte("Hard")); !errors.Is(err, bot.ErrUnknownStrength) {
		t.Errorf("Hard decodes: error %v", err)
	}
	if _, err := bot.Strength(7).MarshalText(); !errors.Is(err, bot.ErrUnknownStrength) {
		t.Errorf("strength 7 encodes: error %v", err)
	}
}

// TestConsistent spoils good views one field at a time.
func TestConsistent(t *testing.T) {
	for name, spoil := range map[string]func(*bot.View){
		"a seat off the table":    func(v *bot.View) { v.Seat = 4 },
		"a starter off the table": func(v *bot.View) { v.Starter = -1 },
		"the turn's starter for the round's": func(v *bot.View) {
			v.Starter = (v.Starter + 1) % rules.Seats
		},
		"a hand too small":          func(v *bot.View) { v.Hand = v.Hand.Remove(rules.One(v.Hand.Weakest())) },
		"a hand from another deck":  func(v *bot.View) { v.Hand = v.Hand.Add(rules.One(rules.GeneralRed) * 2) },
		"a piece played twice":      func(v *bot.View) { v.Played[0].Pieces = v.Hand },
		"a play gone":               func(v *bot.View) { v.Played = v.Played[1:] },
		"a play by somebody else":   func(v *bot.View) { v.Played[1].Seat = v.Played[0].Seat },
		"an opening that is a void": func(v *bot.View) { v.Played[0].Pieces = 0 },
	} {
		spoilt := 0
		for _, view := range recorded(t, 1) {
			if len(view.Played) < 2 || view.Hand.Len() < 2 {
				continue
			}
			if !view.Consistent() {
				t.Fatalf("a good view is refused: %+v", view)
			}
			spoil(&view)
			spoilt++
			if view.Consistent() {
				t.Fatalf("%s: not noticed in %+v", name, view)
			}
		}
		if spoilt == 0 {
			t.Errorf("%s: never tried", name)
		}
	}
}

// FuzzNonsense: no view makes a bot panic, hang or play what is not in the hand.
func FuzzNonsense(f *testing.F) {
	f.Add(uint64(rules.Deck()), 0, 0, 0, 1, uint64(1<<4), uint64(1<<8))
	f.Add(uint64(0), 9, -9, -1, 99, uint64(0), uint64(1)<<63)
	f.Fuzz(func(t *testing.T, hand uint64, seat, starter, declared, round int, first, second uint64) {
		view := bot.View{
			Seat: seat, Hand: rules.Pieces(hand), Starter: starter, Round: round,
			Declared: [rules.Seats]int{declared, -declared, rules.Undeclared, seat},
			Played:   []bot.Played{{Seat: starter, Pieces: rules.Pieces(first)}, {Seat: seat, Pieces: rules.Pieces(second)}},
		}
		for plays := range 3 {
			view.Played = view.Played[:plays]
			for _, strength := range []bot.Strength{bot.Easy, bot.Normal, bot.Hard, 99} {
				strength.Redeal(view)
				if piles := strength.Declare(view); piles < 0 || piles > rules.HandSize {
					t.Errorf("%v declares %d on %+v", strength, piles, view)
				}
				if pieces := strength.Play(view); !view.Hand.Contains(pieces) {
					t.Errorf("%v plays %v on %+v", strength, pieces, view)
				}
			}
		}
	})
}
