package bench

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

// watchers are what [BenchmarkTransition] compares: how a change of a room's
// state is observed.
//
//   - pitboss is the monitor as a server uses it, with metrics, the event stream
//     and the pictures on.
//   - metrics, pictures and stream are its parts alone.
//   - cached is the updates of the client library that metrics contain, with
//     their labels resolved in advance and nothing looked up.
//   - handmade is the usual way: metrics by label values, a log line, and the
//     room's state in a map under a mutex.
var watchers = []struct {
	name string
	open func(testing.TB) func(*room.Commit)
}{
	{"pitboss", everythingOn},
	{"metrics", metricsOn},
	{"pictures", picturesOn},
	{"stream", streamOn},
	{"cached", cachedUpdates},
	{"handmade", handMade},
}

// BenchmarkTransition is one change of state, observed.
func BenchmarkTransition(b *testing.B) {
	for _, w := range watchers {
		b.Run("impl="+w.name, func(b *testing.B) {
			b.ReportAllocs()
			observe, commits := w.open(b), transitions(b)
			for _, c := range commits { // what is made for the first of its kind
				observe(c)
			}
			i := 0
			for b.Loop() {
				observe(commits[i])
				if i++; i == len(commits) {
					i = 0
				}
			}
		})
	}
}

// transitions are 64 rooms that each change to and fro.
func transitions(tb testing.TB) []*room.Commit {
	tb.Helper()
	states := []string{"TURN", "TURN_RESULTS"}
	now := time.Now()
	var commits []*room.Commit
	for n := range 2 * 64 {
		from, to := states[n/64], states[1-n/64]
		id := fmt.Sprintf("table-%06d", n%64)
		commits = append(commits, &room.Commit{
			Room: id, Game: id + ".1", GameName: "liaptui", Received: now.Add(-time.Millisecond), Time: now, Done: now,
			Events: []event.Event{{
				RoomSeq: uint64(n + 1), Type: event.StateChanged, Time: now, Room: id, Game: id + ".1", CorrelationID: "c",
				Data: event.StateChange{From: from, To: to, DurationMS: 1500},
			}},
		})
	}
	return commits
}

func everythingOn(tb testing.TB) func(*room.Commit) {
	tb.Helper()
	m, err := monitor.New(tb.Context(), monitor.Config{Off: monitor.System | monitor.Tracing})
	if err != nil {
		tb.Fatal(err)
	}
	return func(c *room.Commit) {
		m.Publish(c.Events)
		m.Observe(c)
	}
}

func metricsOn(testing.TB) func(*room.Commit) {
	return gamestats.New(gamestats.Config{}).Observe
}

func picturesOn(tb testing.TB) func(*room.Commit) {
	tb.Helper()
	v, err := visual.New(visual.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	return v.Observe
}

func streamOn(tb testing.TB) func(*room.Commit) {
	tb.Helper()
	s, err := stream.New(stream.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	return func(c *room.Commit) { s.Publish(c.Events) }
}

var (
	stays  = []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600}
	latest = []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5}
)

func cachedUpdates(testing.TB) func(*room.Commit) {
	count := prometheus.NewCounter(prometheus.CounterOpts{Name: "transitions_total"})
	left := prometheus.NewGauge(prometheus.GaugeOpts{Name: "rooms_left"})
	entered := prometheus.NewGauge(prometheus.GaugeOpts{Name: "rooms_entered"})
	stay := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "stay_seconds", Buckets: stays})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Buckets: latest})
	return func(c *room.Commit) {
		count.Inc()
		left.Dec()
		entered.Inc()
		stay.Observe(1.5)
		took.Observe(c.Done.Sub(c.Received).Seconds())
	}
}

func handMade(testing.TB) func(*room.Commit) {
	count := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "transitions_total"}, []string{"from", "to"})
	rooms := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "rooms"}, []string{"state"})
	stay := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "stay_seconds", Buckets: stays}, []string{"phase"})
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "took_seconds", Buckets: latest}, []string{"from", "to"})
	log := slog.New(slog.NewTextHandler(io.Discard, nil)) //nolint:sloglint // a line that is formatted, as anybody's is
	var mu sync.Mutex
	states := make(map[string]string)
	return func(c *room.Commit) {
		change := c.Events[0].Data.(event.StateChange)
		count.WithLabelValues(change.From, change.To).Inc()
		rooms.WithLabelValues(change.From).Dec()
		rooms.WithLabelValues(change.To).Inc()
		stay.WithLabelValues(change.From).Observe(change.DurationMS / 1000)
		took.WithLabelValues(change.From, change.To).Observe(c.Done.Sub(c.Received).Seconds())
		log.Info("state changed", "room", c.Room, "from", change.From, "to", change.To)
		mu.Lock()
		states[c.Room] = change.To
		mu.Unlock()
	}
}
