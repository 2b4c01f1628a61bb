package loadtest

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/gamestats"
)

// Report is what was measured. Rates are over the whole time.
type Report struct {
	Seconds          float64 `json:"seconds"`
	Rooms            int     `json:"rooms"`
	Players          int     `json:"players"`
	Games            uint64  `json:"games"`
	Actions          uint64  `json:"actions"`
	ActionsPerSecond float64 `json:"actions_per_second"`
	Events           uint64  `json:"events"`
	EventsPerSecond  float64 `json:"events_per_second"`
	BytesReceived    uint64  `json:"bytes_received"`
	// Answer is how long a move's answer took.
	Answer Percentiles `json:"answer_ms"`
	// Delivery is how long a move took to each of the other players.
	Delivery Percentiles `json:"delivery_ms"`
	// Failures counts what went wrong, by what.
	Failures map[string]uint64 `json:"failures"`
}

// Percentiles are of durations, in milliseconds, exact to about 3 %.
type Percentiles struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

func percentiles(l *gamestats.Latency) Percentiles {
	at := func(q float64) float64 { return float64(l.Quantile(q)) / float64(time.Millisecond) }
	return Percentiles{Count: l.Count(), P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: at(1)}
}

// counts is what players add to.
type counts struct {
	games, actions, events, bytes atomic.Uint64
	answer, delivery              gamestats.Latency

	mu       sync.Mutex
	failures map[string]uint64
}

func (c *counts) received(bytes int) { c.bytes.Add(uint64(bytes)) }

// maxFailures bounds how many kinds of failures are told apart.
const maxFailures = 100

func (c *counts) fail(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failures == nil {
		c.failures = make(map[string]uint64)
	}
	if _, known := c.failures[what]; !known && len(c.failures) == maxFailures {
		what = "others"
	}
	c.failures[what]++
}

func (r *run) report() Report {
	c := &r.count
	seconds := time.Since(r.began).Seconds()
	c.mu.Lock()
	failures := maps.Clone(c.failures)
	c.mu.Unlock()
	return Report{
		Seconds: seconds, Rooms: r.config.Rooms, Players: r.config.Rooms * r.config.Players,
		Games: c.games.Load(), BytesReceived: c.bytes.Load(),
		Actions: c.actions.Load(), ActionsPerSecond: float64(c.actions.Load()) / seconds,
		Events: c.events.Load(), EventsPerSecond: float64(c.events.Load()) / seconds,
		Answer: percentiles(&c.answer), Delivery: percentiles(&c.delivery),
		Failures: failures,
	}
}
