package visual_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

// BenchmarkComeAndGo is 100,000 rooms, each with a player of its own, one every
// 50 ms of made-up time. It reports the series and the live memory of metrics and
// pictures after half of them, after all, and a day later.
func BenchmarkComeAndGo(b *testing.B) {
	for b.Loop() {
		empty := live()
		now := time.Unix(1_800_000_000, 0)
		clock := func() time.Time { return now }
		stats := gamestats.New(gamestats.Config{Now: clock})
		v, err := visual.New(visual.Config{Now: clock})
		if err != nil {
			b.Fatal(err)
		}
		registry := prometheus.NewRegistry()
		registry.MustRegister(stats, v)
		report := func(after string) {
			families, err := registry.Gather()
			if err != nil {
				b.Fatal(err)
			}
			series := 0
			for _, f := range families {
				series += len(f.Metric)
			}
			v.Entries() // which forgets what may be
			b.ReportMetric(float64(series), "series-"+after)
			b.ReportMetric(float64(live()-empty)/1e6, "MB-"+after)
		}
		for n := range 100_000 {
			if n == 50_000 {
				report("half")
			}
			now = now.Add(50 * time.Millisecond)
			life(func(c *room.Commit) { stats.Observe(c); v.Observe(c) }, now, n)
		}
		report("all")
		now = now.Add(25 * time.Hour)
		report("day-later")
		runtime.KeepAlive(registry)
	}
}

// live is how much memory is in use, in bytes.
func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
