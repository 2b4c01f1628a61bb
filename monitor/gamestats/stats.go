// Package gamestats counts what games, players, queues, tasks and connections
// do, as Prometheus metrics. [Stats] is a [room.Observer] and a
// [prometheus.Collector]: it follows events and is followed by nobody, so the
// parts that it counts do not know it.
//
// No label ever holds what a stranger may choose freely: a rejected action
// that no rules have ever accepted is counted as "other".
package gamestats

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/room"
)

// Config says what is known beforehand. Its zero value works.
type Config struct {
	// Games are the names of the rules, so that their metrics are there before
	// the first game.
	Games []string
	// Reasons are those for which connections close; any other counts as
	// "other".
	Reasons []string
	// Commits is where commits come from, shared with other observers: one of
	// them observes for all. Nil: not shared.
	Commits *intake.Commits
	// Now tells the time. Nil: [time.Now].
	Now func() time.Time
}

// Stats counts. Its methods are safe for concurrent use.
type Stats struct {
	now     func() time.Time
	metrics metrics
	latency Latency

	// What rooms do is under the lock of commits.
	commits                 *intake.Commits
	tables                  map[string]*tally // by room
	games                   map[string]*gameMetrics
	actions                 cache[actionKey, actionMetrics]
	phases                  cache[string, phaseMetrics]
	notedActions            []notedAction // by number
	ways                    []way         // likewise
	errors                  cache[errorKey, *number]
	players                 [2]playerMetrics // of people, of bots
	turn                    *histogram
	disconnects, reconnects *number

	endedTasks *intake.Intake[endedTask]
	tasks      cache[taskKey, taskMetrics] // under the lock of endedTasks
	delivered  *intake.Intake[time.Duration]

	connections connectionMetrics

	mu        sync.Mutex
	queues    []queueSource
	handlings map[string]*intake.Intake[handling] // by queue
}

var (
	_ room.Observer        = (*Stats)(nil)
	_ prometheus.Collector = (*Stats)(nil)
)

type queueSource struct {
	name  string
	stats func() pitboss.Stats
}

// New returns metrics at zero. Register them with a [prometheus.Registry].
func New(c Config) *Stats {
	s := &Stats{
		now: c.Now, tables: make(map[string]*tally), games: make(map[string]*gameMetrics),
		handlings: make(map[string]*intake.Intake[handling]),
	}
	if s.commits = c.Commits; s.commits == nil {
		s.commits = intake.NewCommits()
	}
	s.commits.Take(s.take)
	s.endedTasks = intake.New(s.countTasks)
	s.metrics = newMetrics()
	s.latency.guard = s.commits
	if s.now == nil {
		s.now = time.Now
	}
	for _, game := range c.Games {
		s.game(game)
	}
	m := &s.metrics
	for i, by := range []room.PlayerType{room.Human, room.Bot} {
		p := &s.players[i]
		p.games, p.wins, p.rate = m.playerGames.with(string(by)), m.playerWins.with(string(by)), m.winRate.with(string(by))
	}
	s.turn, s.disconnects, s.reconnects = m.turnDuration.with(s.commits), m.disconnects.with(), m.reconnects.with()
	var broadcasts *histogram
	s.delivered = intake.New(func(list []time.Duration) {
		for _, d := range list {
			broadcasts.observe(d)
		}
	})
	broadcasts = m.broadcastDuration.with(s.delivered)
	s.connections = newConnectionMetrics(m, c.Reasons)
	return s
}

// Queue adds a queue to be read whenever the metrics are. The name must be the
// queue's own and not given before.
func (s *Stats) Queue(name string, stats func() pitboss.Stats) error {
	var faults pitboss.FieldErrors
	if name == "" {
		faults.Add("queue", name, "a name")
	}
	if stats == nil {
		faults.Add("stats", nil, "a function")
	}
	if err := faults.Err(); err != nil {
		return fmt.Errorf("gamestats: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		if q.name == name {
			return fmt.Errorf("gamestats: %w", &pitboss.FieldError{Field: "queue", Value: name, Allowed: "a name that is not there yet"})
		}
	}
	s.queues = append(s.queues, queueSource{name, stats})
	for _, reason := range pitboss.Reasons() {
		// From zero, so that the first is an increase.
		s.metrics.deadLetters.WithLabelValues(name, string(reason))
		s.metrics.deadLettersTotal.WithLabelValues(name, string(reason))
	}
	return nil
}

// Latency is how long actions took: from when they were received until their
// last event was out.
func (s *Stats) Latency() *Latency { return &s.latency }

// Describe implements [prometheus.Collector].
func (s *Stats) Describe(to chan<- *prometheus.Desc) {
	for _, f := range s.metrics.numbers() {
		f.Describe(to)
	}
	for _, c := range s.metrics.others() {
		c.Describe(to)
	}
	describeQueues(to)
}

// Collect implements [prometheus.Collector]. What counts games, players and
// states is as of one moment, so that they agree with each other.
func (s *Stats) Collect(to chan<- prometheus.Metric) {
	for _, sample := range s.samples() {
		to <- sample
	}
	s.endedTasks.Flush() // so that tasks of a new kind have their metrics
	for _, c := range s.metrics.others() {
		c.Collect(to)
	}
	s.mu.Lock()
	queues := slices.Clip(s.queues)
	s.mu.Unlock()
	for _, q := range queues {
		collectQueue(to, q)
	}
}

func (s *Stats) samples() (list []prometheus.Metric) {
	s.commits.Lock()
	defer s.commits.Unlock()
	now := s.now()
	for _, g := range s.games {
		g.perHour.value = float64(g.lastHour.count(now))
	}
	for i := range s.players {
		s.players[i].refresh()
	}
	for _, f := range s.metrics.numbers() {
		list = f.samples(list)
	}
	return list
}
