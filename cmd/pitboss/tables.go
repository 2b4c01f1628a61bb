package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// tables keeps games of bots running: game n of a run is dealt from its seed and
// n alone, whichever table it falls to. It is a [room.Observer] that has each
// finished game archived, and follows the tasks that do.
type tables struct {
	host    *room.Host
	tasks   *task.Processor
	config  config
	results *results
	latency *gamestats.Latency
	log     *slog.Logger

	// archived takes the games that are over and written down, or could not be.
	// Each table has one game, so that a place per table is enough for
	// observers never to wait.
	archived chan archived
	// adopted are the games that go on from a run before, ended how many of that
	// run are over, last the number of its last one.
	adopted, ended, last int
}

type archived struct {
	result
	err error
}

// archiveTask is the type of the tasks that write a finished game down; a
// result is their payload.
const archiveTask = "game.archive"

func newTables(c config, host *room.Host, tasks *task.Processor, r *results, latency *gamestats.Latency, log *slog.Logger) (*tables, error) {
	t := &tables{host: host, tasks: tasks, config: c, results: r, latency: latency, log: log, archived: make(chan archived, c.tables)}
	return t, task.Register(tasks, archiveTask, r.write, task.Options{
		// A disk may be full for a moment.
		Retry: &handler.Backoff{First: 50 * time.Millisecond, Max: 2 * time.Second, Attempts: 6},
	})
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
func (t *tables) Observe(c *room.Commit) { t.ObserveContext(context.Background(), c) }

// ObserveContext implements [room.ContextObserver]: a game's end has it archived.
func (t *tables) ObserveContext(ctx context.Context, c *room.Commit) {
	if len(c.Events) == 0 || c.Events[len(c.Events)-1].Type != event.RoomClosed {
		return
	}
	n, ok := tableGame(c.Room)
	if !ok {
		return
	}
	line := result{N: n, Room: c.Room, Game: c.Game}
	for i := range c.Events {
		if r, ok := c.Events[i].Data.(event.Result); ok {
			line.of(&r)
		}
	}
	ctx = correlation.With(ctx, c.Events[0].CorrelationID)
	err := t.tasks.Submit(ctx, task.Task{Type: archiveTask, Key: c.Room, Priority: pitboss.Low, Payload: line})
	if err != nil {
		t.archived <- archived{line, err}
	}
}

// told is a [task.Observer].
func (t *tables) told(_ context.Context, r task.Report) {
	if r.Task.Type != archiveTask || r.Outcome == task.Submitted || r.Outcome == task.Retried {
		return
	}
	if line, ok := r.Task.Payload.(result); ok {
		t.archived <- archived{line, r.Err}
	}
}

// run plays until ctx ends, or until as many games as asked for are finished.
func (t *tables) run(ctx context.Context) error {
	started, last := t.last, t.config.games
	next := func() error {
		if last > 0 && started >= last {
			return nil
		}
		started++
		return t.open(ctx, started)
	}
	begin := time.Now()
	for range t.config.tables - t.adopted {
		if err := next(); err != nil {
			return err
		}
	}
	for done := t.ended + 1; ; done++ {
		if last > 0 && done > last { // the run before had come to its end
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case a := <-t.archived:
			if a.err != nil {
				return fmt.Errorf("results: game %d: %w", a.N, a.err)
			}
			t.finished(&a.result, done-t.ended, time.Since(begin))
		}
		if done == last {
			t.summarise(done-t.ended, time.Since(begin))
			return nil
		}
		if t.adopted > t.config.tables { // more than are wanted now
			t.adopted--
			continue
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

func (t *tables) finished(r *result, done int, since time.Duration) {
	if t.config.pace > 0 {
		t.log.Info("game finished", "n", r.N, "room", r.Room, "winners", r.Winners, "scores", r.Scores,
			"rounds", r.Rounds, "seconds", r.Seconds)
	} else if done%progressEvery == 0 {
		t.log.Info("games finished", "games", done, "games_per_second", rate(done, since))
	}
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
