package bot_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui/bot"
	"github.com/pitboss-dev/pitboss/liaptui/rules"
)

// game is one game among bots. Every move is held against the rules.
type game struct {
	players [rules.Seats]bot.Strength
	seed    uint64

	scores     [rules.Seats]int
	zeros      [rules.Seats]int // rounds running with a declared 0
	deals      uint64
	round      int
	multiplier int
	starter    int
	hands      [rules.Seats]rules.Pieces
	declared   [rules.Seats]int
	played     []bot.Played

	views []bot.View // if recorded
	keep  bool
}

// play plays the game to its end.
func (g *game) play() error {
	for g.round = 1; ; g.round++ {
		g.prepare()
		if err := g.declare(); err != nil {
			return err
		}
		taken, err := g.turns()
		if err != nil {
			return err
		}
		for seat, declared := range g.declared {
			g.scores[seat] += rules.RoundScore(declared, taken[seat], g.multiplier)
			g.zeros[seat]++
			if declared > 0 {
				g.zeros[seat] = 0
			}
		}
		if rules.GameOver(g.scores, g.round) {
			return nil
		}
	}
}

// share is what the seat has of the win.
func (g *game) share(seat int) float64 {
	if winners := rules.Winners(g.scores); slices.Contains(winners, seat) {
		return 1 / float64(len(winners))
	}
	return 0
}

// view is what the seat knows.
func (g *game) view(seat int) bot.View {
	view := bot.View{
		Seat: seat, Hand: g.hands[seat], Starter: g.starter, Declared: g.declared,
		ZerosInARow: g.zeros[seat], Played: g.played, Scores: g.scores,
		Round: g.round, Multiplier: g.multiplier, Seed: g.seed,
	}
	if g.keep {
		view.Played = slices.Clone(g.played)
		g.views = append(g.views, view)
	}
	return view
}

// prepare deals until nobody asks for another deal.
func (g *game) prepare() {
	g.multiplier, g.played = 1, g.played[:0]
	for seat := range g.declared {
		g.declared[seat] = rules.Undeclared
	}
	asker, asked := g.deal()
	for ; asked; asker, asked = g.deal() {
		g.starter = asker
		g.multiplier++
	}
	if g.round == 1 && g.multiplier == 1 {
		g.starter = rules.FirstStarter(g.hands)
	}
}

// deal deals, and returns who is the first to ask for a redeal, if anyone does.
func (g *game) deal() (asker int, asked bool) {
	g.hands = rules.Deal(g.seed, g.deals)
	g.deals++
	for _, seat := range rules.PlayOrder(g.starter) {
		if g.hands[seat].Weak() && g.players[seat].Redeal(g.view(seat)) {
			return seat, true
		}
	}
	return 0, false
}

func (g *game) declare() error {
	var soFar []int
	for _, seat := range rules.PlayOrder(g.starter) {
		piles := g.players[seat].Declare(g.view(seat))
		if err := rules.CheckDeclaration(piles, soFar, g.zeros[seat]); err != nil {
			return fmt.Errorf("%v bot: %w", g.players[seat], err)
		}
		g.declared[seat] = piles
		soFar = append(soFar, piles)
	}
	return nil
}

// turns plays the round out and returns the piles that each seat took. The next
// round's starter is who took the last.
func (g *game) turns() (taken [rules.Seats]int, err error) {
	leader := g.starter
	for g.hands[leader] != 0 {
		var plays []rules.Pieces
		order := rules.PlayOrder(leader)
		for _, seat := range order {
			view := g.view(seat)
			if !view.Consistent() {
				return taken, fmt.Errorf("inconsistent view %+v", view)
			}
			pieces := g.players[seat].Play(view)
			if len(plays) == 0 {
				_, err = rules.CheckOpening(g.hands[seat], pieces)
			} else {
				_, err = rules.CheckFollow(g.hands[seat], pieces, plays[0].Len())
			}
			if err != nil {
				return taken, fmt.Errorf("%v bot: %w", g.players[seat], err)
			}
			g.hands[seat] = g.hands[seat].Remove(pieces)
			g.played = append(g.played, bot.Played{Seat: seat, Pieces: pieces})
			plays = append(plays, pieces)
		}
		leader = order[rules.Leader(plays...)]
		taken[leader] += plays[0].Len()
	}
	g.starter = leader
	return taken, nil
}

// playAll plays n games on all processors. players seats the bots of game i.
func playAll(t testing.TB, n int, players func(i int) [rules.Seats]bot.Strength) []*game {
	games := make([]*game, n)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				games[i] = &game{seed: uint64(i), players: players(i)}
				if err := games[i].play(); err != nil {
					t.Errorf("game %d: %v", i, err)
					return
				}
			}
		})
	}
	workers.Wait()
	return games
}
