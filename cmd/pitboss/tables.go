package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/room"
)

// tables keeps games of bots running: game n of a run is dealt from its seed and
// n alone, whichever table it falls to. It is a [room.Observer].
type tables struct {
	host    *room.Host
	config  config
	results *results
	latency *gamestats.Latency
	log     *slog.Logger

	// closed takes rooms that have closed. Each table has one room, so that a
	// place per table is enough for Observe never to wait.
	closed chan finished
}

// finished is a game that is over.
type finished struct {
	room, game string
	result     event.Result
}

func newTables(c config, host *room.Host, r *results, latency *gamestats.Latency, log *slog.Logger) *tables {
	return &tables{host: host, config: c, results: r, latency: latency, log: log, closed: make(chan finished, c.tables)}
}

// tablePrefix begins the names of the rooms that tables opens. The server keeps
// requests from taking them.
const tablePrefix = "table-"

func tableRoom(n int) string { return fmt.Sprintf(tablePrefix+"%06d", n) }

// tableGame is the inverse of tableRoom, or false.
func tableGame(id string) (n int, ok bool) {
	if _, err := fmt.Sscanf(id, tablePrefix+"%d", &n); err != nil {
		return 0, false
	}
	return n, id == tableRoom(n)
}

// Observe implements [room.Observer].
func (t *tables) Observe(c *room.Commit) {
	if len(c.Events) == 0 || c.Events[len(c.Events)-1].Type != event.RoomClosed {
		return
	}
	if _, ok := tableGame(c.Room); !ok {
		return
	}
	f := finished{room: c.Room, game: c.Game}
	for i := range c.Events {
		if r, ok := c.Events[i].Data.(event.Result); ok {
			f.result = r
		}
	}
	t.closed <- f
}

// run plays until ctx ends, or until as many games as asked for are finished.
func (t *tables) run(ctx context.Context) error {
	started, last := 0, t.config.games
	next := func() error {
		if last > 0 && started == last {
			return nil
		}
		started++
		return t.open(ctx, started)
	}
	begin := time.Now()
	for range t.config.tables {
		if err := next(); err != nil {
			return err
		}
	}
	for done := 1; ; done++ {
		select {
		case <-ctx.Done():
			return nil
		case f := <-t.closed:
			if err := t.finish(f, done, time.Since(begin)); err != nil {
				return err
			}
		}
		if done == last {
			t.summarise(done, time.Since(begin))
			return nil
		}
		if err := next(); err != nil {
			return err
		}
	}
}

func (t *tables) open(ctx context.Context, n int) error {
	_, err := t.host.Create(ctx, room.Spec{
		ID: tableRoom(n), Game: liaptui.Name, Bots: 4, Strength: "normal", Seed: gameSeed(t.config.seed, n),
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("table for game %d: %w", n, err)
	}
	return nil
}

// progressEvery is how many games one line of progress stands for when they are
// over in no time.
const progressEvery = 100

func (t *tables) finish(f finished, done int, since time.Duration) error {
	n, _ := tableGame(f.room)
	r := &f.result
	if t.config.pace > 0 {
		t.log.Info("game finished", "n", n, "room", f.room, "winners", r.Winners, "scores", r.Scores,
			"rounds", r.Rounds, "seconds", r.DurationSeconds)
	} else if done%progressEvery == 0 {
		t.log.Info("games finished", "games", done, "games_per_second", rate(done, since))
	}
	err := t.results.write(result{
		N: n, Room: f.room, Game: f.game, Winners: r.Winners, Scores: r.Scores,
		Rounds: r.Rounds, Seconds: r.DurationSeconds,
	})
	if err != nil {
		return fmt.Errorf("results: %w", err)
	}
	return nil
}

// summarise tells how the run went. Actions are timed from their receipt until
// their last event was out.
func (t *tables) summarise(games int, took time.Duration) {
	t.log.Info("run finished", "games", games, "seconds", took.Seconds(), "games_per_second", rate(games, took),
		"actions", t.latency.Count(), "action_p50", t.latency.Quantile(0.5), "action_p99", t.latency.Quantile(0.99))
}

func rate(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// gameSeed is output n of SplitMix64 from seed (Steele, Lea and Flood, "Fast
// splittable pseudorandom number generators", 2014), which is a bijection of
// the seed for every n: no two runs share all of their deals.
func gameSeed(seed uint64, n int) uint64 {
	z := seed + uint64(n)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
