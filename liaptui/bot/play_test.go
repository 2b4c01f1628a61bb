package bot_test

import (
	"slices"
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	. "github.com/pitboss-dev/pitboss/liaptui/rules"
)

// situation is the last turns of a round: what was played before is made up so
// that every piece is accounted for.
type situation struct {
	name   string
	hand   Pieces
	need   int
	turn   []Pieces // played in this turn before the bot
	unseen Pieces   // with the other seats that play in this turn or hold pieces
	want   []Pieces // any of these
}

// view tells the bot in seat 0 of the situation. Before this turn, seats played
// single pieces of which seat 0 took none.
func (s situation) view(t *testing.T) bot.View {
	t.Helper()
	const me = 0
	size := s.hand.Len()
	starter := (me - len(s.turn) + Seats) % Seats
	gone := Deck().Remove(s.hand).Remove(s.unseen)
	for _, pieces := range s.turn {
		gone = gone.Remove(pieces)
	}
	if gone.Len() != (HandSize-size)*Seats {
		t.Fatalf("%s: %d pieces were played before, want %d", s.name, gone.Len(), (HandSize-size)*Seats)
	}
	// The strongest piece leads each turn, so that the starter keeps it.
	var played []bot.Played
	kinds := gone.Kinds()
	for i, kind := range kinds {
		played = append(played, bot.Played{Seat: (starter + i) % Seats, Pieces: One(kind)})
	}
	view := bot.View{Seat: me, Hand: s.hand, Starter: starter, Round: 1, Multiplier: 1, Seed: 1}
	taken := 0
	if starter == me {
		taken = HandSize - size
	}
	view.Declared = [Seats]int{me: s.need + taken, 1: 1, 2: 1, 3: 1}
	view.Played = played
	for i, pieces := range s.turn {
		view.Played = append(view.Played, bot.Played{Seat: (starter + i) % Seats, Pieces: pieces})
	}
	if !view.Consistent() {
		t.Fatalf("%s: the situation is not of one game: %+v", s.name, view)
	}
	return view
}

// TestPlays holds Normal and Hard to the play that is plainly best.
func TestPlays(t *testing.T) {
	for _, s := range []situation{
		{
			name: "the last to play wins as cheaply as it can",
			hand: Of(GeneralRed, HorseBlack, CannonBlack, SoldierBlack), need: 2,
			turn:   []Pieces{One(SoldierRed), One(SoldierBlack), One(CannonRed)},
			unseen: Of(AdvisorRed, AdvisorRed, AdvisorBlack, ChariotRed, ChariotBlack, SoldierRed, SoldierRed, SoldierBlack, SoldierBlack),
			want:   []Pieces{One(HorseBlack)},
		},
		{
			name: "who has its piles gives its strength away",
			hand: Of(GeneralBlack, SoldierRed, SoldierBlack), need: 0,
			turn:   []Pieces{One(GeneralRed), One(SoldierBlack), One(CannonRed)},
			unseen: Of(AdvisorRed, AdvisorRed, ChariotRed, HorseRed, CannonBlack, SoldierRed),
			want:   []Pieces{One(GeneralBlack)},
		},
		{
			name: "who has its piles opens with its weakest",
			hand: Of(GeneralBlack, SoldierBlack), need: 0,
			unseen: Of(AdvisorRed, AdvisorRed, ChariotRed, HorseRed, CannonBlack, SoldierRed),
			want:   []Pieces{One(SoldierBlack)},
		},
		{
			name: "a combination needed to the end is led at once",
			hand: Of(ChariotRed, HorseRed, CannonRed, SoldierBlack), need: 3,
			unseen: Of(GeneralBlack, AdvisorRed, ElephantRed, AdvisorBlack, AdvisorBlack, HorseBlack, HorseBlack, CannonBlack, SoldierRed, SoldierRed, SoldierBlack, SoldierBlack),
			want:   []Pieces{Of(ChariotRed, HorseRed, CannonRed)},
		},
		{
			name: "no combination is broken for a discard",
			hand: Of(SoldierBlack, SoldierBlack, SoldierBlack, GeneralRed, CannonRed, CannonBlack), need: 4,
			turn: []Pieces{Of(HorseRed, HorseRed), Of(SoldierRed, SoldierRed), Of(SoldierRed, CannonBlack)},
			unseen: Of(GeneralBlack, AdvisorRed, AdvisorRed, AdvisorBlack, AdvisorBlack, ElephantRed, ElephantRed,
				ChariotRed, ChariotRed, HorseBlack, HorseBlack, SoldierBlack),
			want: []Pieces{Of(CannonRed, CannonBlack)},
		},
		{
			name: "who needs all that is left fights for it",
			hand: Of(SoldierBlack, SoldierBlack, SoldierBlack, GeneralRed), need: 4,
			turn:   []Pieces{One(SoldierRed), One(AdvisorRed), One(AdvisorRed)},
			unseen: Of(GeneralBlack, AdvisorBlack, AdvisorBlack, HorseBlack, HorseBlack, CannonBlack, SoldierRed, SoldierRed, SoldierRed),
			want:   []Pieces{One(GeneralRed)},
		},
		{
			name: "two piles are not taken where one is needed",
			hand: Of(AdvisorRed, AdvisorRed, SoldierRed, SoldierBlack), need: 1,
			turn:   []Pieces{Of(CannonRed, CannonRed), Of(SoldierBlack, SoldierRed), Of(SoldierBlack, SoldierRed)},
			unseen: Of(ElephantRed, ElephantRed, ChariotRed, HorseBlack, SoldierRed, CannonBlack),
			want:   []Pieces{Of(SoldierRed, SoldierBlack), Of(AdvisorRed, SoldierRed), Of(AdvisorRed, SoldierBlack)},
		},
	} {
		view := s.view(t)
		for _, strength := range []bot.Strength{bot.Normal, bot.Hard} {
			if got := strength.Play(view); !slices.Contains(s.want, got) {
				t.Errorf("%s: %v plays [%v], want one of %q", s.name, strength, got, s.want)
			}
		}
	}
}

// TestDeclares: declarations are sensible, and keep out of what is barred.
func TestDeclares(t *testing.T) {
	none := [Seats]int{Undeclared, Undeclared, Undeclared, Undeclared}
	strong := Of(GeneralRed, GeneralBlack, AdvisorRed, AdvisorRed, ElephantRed, ChariotRed, HorseRed, CannonRed)
	poor := Of(ElephantBlack, ChariotBlack, HorseBlack, HorseRed, CannonBlack, SoldierRed, SoldierRed, SoldierBlack)
	for _, example := range []struct {
		name     string
		view     bot.View
		low, top int
	}{
		{"a strong hand", bot.View{Hand: strong, Declared: none}, 5, 8},
		{"a poor hand", bot.View{Hand: poor, Starter: 1, Declared: none}, 0, 1},
		{"a poor hand that may not declare 0", bot.View{Hand: poor, Starter: 1, Declared: none, ZerosInARow: 2}, 1, 2},
		{"a poor hand, and the others declared 8", bot.View{
			Hand: poor, Starter: 1, Declared: [Seats]int{Undeclared, 3, 3, 2},
		}, 1, 2},
	} {
		for _, strength := range []bot.Strength{bot.Normal, bot.Hard} {
			if got := strength.Declare(example.view); got < example.low || got > example.top {
				t.Errorf("%s: %v declares %d, want %d to %d", example.name, strength, got, example.low, example.top)
			}
		}
	}
}
