package bot_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// TestNoIllegalMove plays games of mixed strengths; the driver refuses illegal
// moves. Hard sits in fewer seats, because it thinks the longest.
func TestNoIllegalMove(t *testing.T) {
	const count = 10_000
	const e, n, h = bot.Easy, bot.Normal, bot.Hard
	mix := []bot.Strength{e, e, e, e, e, e, e, e, n, n, n, n, n, n, n, h}
	games := playAll(t, count, func(i int) (players [rules.Seats]bot.Strength) {
		random := rand.New(rand.NewPCG(uint64(i), 0))
		for seat := range players {
			players[seat] = mix[random.IntN(len(mix))]
		}
		return players
	})
	seats, rounds := map[bot.Strength]int{}, 0
	for _, g := range games {
		rounds += g.round
		for _, strength := range g.players {
			seats[strength]++
		}
	}
	t.Logf("%d games, %d rounds, seats %v", count, rounds, seats)
}

// TestStrengths: each strength beats three of a weaker one in clearly more than
// a quarter of the games. The seats rotate; a shared win counts in parts.
func TestStrengths(t *testing.T) {
	for _, match := range []struct {
		one, three bot.Strength
		games      int
		above      float64
	}{
		{bot.Hard, bot.Easy, 2_000, 0.85},
		{bot.Normal, bot.Easy, 2_000, 0.7},
		{bot.Hard, bot.Normal, 300, 0.5},
	} {
		games := playAll(t, match.games, func(i int) (players [rules.Seats]bot.Strength) {
			for seat := range players {
				players[seat] = match.three
			}
			players[i%rules.Seats] = match.one
			return players
		})
		share, squares := 0.0, 0.0
		for i, g := range games {
			won := g.share(i % rules.Seats)
			share += won / float64(match.games)
			squares += won * won / float64(match.games)
		}
		deviation := math.Sqrt((squares - share*share) / float64(match.games))
		t.Logf("%v against three %v: won %.1f%% of %d games, standard error %.1f%%",
			match.one, match.three, 100*share, match.games, 100*deviation)
		if share < match.above {
			t.Errorf("%v won %.1f%% against three %v, want more than %.0f%%",
				match.one, 100*share, match.three, 100*match.above)
		}
	}
}

// TestSameViewSameAnswer: an answer depends on the view alone, and leaves it
// alone.
func TestSameViewSameAnswer(t *testing.T) {
	for _, strength := range []bot.Strength{bot.Easy, bot.Normal, bot.Hard} {
		for _, view := range recorded(t, 3) {
			again := view
			again.Played = append([]bot.Played(nil), view.Played...)
			if len(view.Played) == 0 && view.Declared[view.Seat] == rules.Undeclared {
				if first, second := strength.Declare(view), strength.Declare(again); first != second {
					t.Fatalf("%v declares %d and then %d on %+v", strength, first, second, view)
				}
				continue
			}
			first := strength.Play(view)
			for i := range view.Played {
				if view.Played[i] != again.Played[i] {
					t.Fatalf("%v changed what was played: %+v", strength, view)
				}
			}
			if second := strength.Play(again); first != second {
				t.Fatalf("%v plays %v and then %v on %+v", strength, first, second, view)
			}
		}
	}
}

// recorded is the views that Normal bots decided on in some games.
func recorded(t testing.TB, games int) (views []bot.View) {
	for i := range games {
		g := &game{seed: uint64(i), keep: true}
		if err := g.play(); err != nil {
			t.Fatal(err)
		}
		views = append(views, g.views...)
	}
	return views
}

func BenchmarkDecision(b *testing.B) {
	var declare, play []bot.View
	for _, view := range recorded(b, 3) {
		switch {
		case view.Declared[view.Seat] != rules.Undeclared:
			play = append(play, view)
		case view.Hand.Len() == rules.HandSize:
			declare = append(declare, view)
		}
	}
	for _, strength := range []bot.Strength{bot.Easy, bot.Normal, bot.Hard} {
		b.Run("declare/"+strength.String(), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				strength.Declare(declare[i%len(declare)])
				i++
			}
		})
		b.Run("play/"+strength.String(), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				strength.Play(play[i%len(play)])
				i++
			}
		})
	}
}
