package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// tables keeps games of bots running: game n of a run is dealt from its seed and
// n alone, whichever table, and whichever process, it falls to. It is a
// [room.Observer] that has each finished game archived, and follows the tasks
// that do.
//
// Where rooms are divided, a process plays the games whose rooms fall to its
// shares, at its part of the tables.
type tables struct {
	host    *room.Host
	tasks   *task.Processor
	config  config
	results *results
	latency *gamestats.Latency
	log     *slog.Logger
	parts   tableParts

	wake chan struct{} // something below has changed; holds one

	mu      sync.Mutex
	runs    map[int]*tableRun // by share
	done    []archived        // games that are over and written down, or could not be
	settled chan struct{}     // closed when the next one is
}

// tableRun is the games of one share.
type tableRun struct {
	last    int                  // the number of the last one that was opened
	next    int                  // the number of the one that follows
	open    map[int]struct{}     // that are played, or not written down yet
	closing map[int]resultsRight // of these, the ones that are over
	idle    bool                 // nothing is opened, because its rooms are not here yet, or not for long
	told    bool                 // that all are over
}

func newTables(c config, host *room.Host, tasks *task.Processor, r *results, latency *gamestats.Latency, parts tableParts, log *slog.Logger) (*tables, error) {
	t := &tables{
		host: host, tasks: tasks, config: c, results: r, latency: latency, parts: parts, log: log,
		wake: make(chan struct{}, 1), runs: make(map[int]*tableRun), settled: make(chan struct{}),
	}
	return t, task.Register(tasks, archiveTask, t.archive, task.Options{
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

// playing says whether there is anything to do for run, or may come.
func (t *tables) playing() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.config.tables > 0 || t.parts.count() > 1 {
		return true
	}
	for _, run := range t.runs {
		if len(run.open) > 0 {
			return true
		}
	}
	return false
}

func (t *tables) changed() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// run plays until ctx ends, or until as many games as asked for are finished.
func (t *tables) run(ctx context.Context) error {
	begin, games := time.Now(), 0
	for {
		var again <-chan time.Time
		if !t.openAll(ctx) {
			again = time.After(openAgain)
		}
		over := t.over(ctx)
		for _, a := range t.taken() {
			if a.err != nil {
				return fmt.Errorf("results: game %d: %w", a.N, a.err)
			}
			games++
			t.finished(&a.result, games, time.Since(begin))
		}
		if over {
			if games > 0 {
				t.summarise(games, time.Since(begin))
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
		case <-again:
		}
	}
}

// openAgain is when a game is tried again that could not be opened.
const openAgain = time.Second

// taken are the games that have ended since it was asked last.
func (t *tables) taken() []archived {
	t.mu.Lock()
	defer t.mu.Unlock()
	done := t.done
	t.done = nil
	return done
}

// openAll opens games while there are fewer than there should be, and says whether
// that went well.
func (t *tables) openAll(ctx context.Context) bool {
	for ctx.Err() == nil {
		n, ok := t.claim()
		if !ok {
			return true
		}
		if err := t.open(ctx, n); err != nil {
			t.unclaim(n)
			if ctx.Err() == nil && !errors.Is(err, &room.Refusal{Code: room.CodeMoved}) { // its share is being handed over
				t.log.WarnContext(ctx, "game not opened; trying again", "n", n, "error", err)
			}
			return false
		}
	}
	return true
}

// claim returns the number of the game to open now, if there is one: of all
// shares that this process has, the lowest that was not played yet.
func (t *tables) claim() (n int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	open := 0
	var lowest *tableRun
	for _, run := range t.runs {
		open += len(run.open)
		if !run.idle && !t.beyond(run.next) && (lowest == nil || run.next < lowest.next) {
			lowest = run
		}
	}
	if lowest == nil || open >= t.most() {
		return 0, false
	}
	n = lowest.next
	lowest.open[n] = struct{}{}
	lowest.last, lowest.next = n, t.following(n)
	return n, true
}

// unclaim has a game be opened again, by whoever has its share then.
func (t *tables) unclaim(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if run := t.runs[t.parts.of(tableRoom(n))]; run != nil {
		delete(run.open, n)
		run.next = min(run.next, n)
	}
}

// beyond says whether a game is none of the run.
func (t *tables) beyond(n int) bool { return t.config.games > 0 && n > t.config.games }

// most is how many games may be open: this process's part of the tables, but one
// at least, because nobody else plays its games.
func (t *tables) most() int {
	if t.config.tables == 0 {
		return 0
	}
	part := float64(t.config.tables*len(t.runs)) / float64(t.parts.count())
	return max(1, int(math.Round(part)))
}

// following is the next game of the same share.
func (t *tables) following(n int) int {
	return t.firstAfter(n, t.parts.of(tableRoom(n)))
}

// firstAfter is the first game after n that falls to a share.
func (t *tables) firstAfter(n, share int) int {
	for n++; t.parts.of(tableRoom(n)) != share; {
		n++
	}
	return n
}

func (t *tables) open(ctx context.Context, n int) error {
	id := tableRoom(n)
	_, err := t.host.Create(ctx, room.Spec{ID: id, Game: liaptui.Name, Bots: 4, Strength: "normal", Seed: gameSeed(t.config.seed, n)})
	if errors.Is(err, room.ErrRoomExists) { // whoever had its share opened it at the last moment
		t.endedBefore(ctx, n)
		return nil
	}
	return err
}

// over says whether all games of the run are. It tells so of each share.
func (t *tables) over(ctx context.Context) bool {
	if t.config.games == 0 {
		return false
	}
	for _, share := range t.playedOut() {
		if err := t.parts.playedOut(ctx, share); err != nil && !errors.Is(err, pitboss.ErrFenced) {
			t.log.WarnContext(ctx, "end of a share's games not noted; trying again", "share", share, "error", err)
			t.again(share)
		}
	}
	return t.parts.allPlayedOut()
}

// playedOut are the shares of which that is new.
func (t *tables) playedOut() (ended []int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for share, run := range t.runs {
		if !run.told && !run.idle && len(run.open) == 0 && t.beyond(run.next) {
			run.told = true
			ended = append(ended, share)
		}
	}
	return ended
}

func (t *tables) again(share int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if run := t.runs[share]; run != nil {
		run.told = false
	}
}

// keeps says whether a closed room must stay: until its result is written down,
// which whoever starts after a crash does by it; and, of the last one of each
// share, for as long as the run, because it tells how far that has come.
func (t *tables) keeps(id string) bool {
	n, ok := tableGame(id)
	if !ok {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	run := t.runs[t.parts.of(id)]
	if run == nil {
		return false
	}
	_, open := run.open[n]
	return open || n == run.last
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
