package main

import (
	"io"
	"log/slog"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/monitor"
)

// unwatched is all that watches, to be turned off; tracing is off by default.
const unwatched = monitor.Stats | monitor.System | monitor.Stream | monitor.Visual | monitor.Tracing

// BenchmarkGames plays 300 games at 50 tables as fast as they go.
//
//   - pitboss is with all that watches but tracing, unwatched without.
func BenchmarkGames(b *testing.B) {
	for _, impl := range []struct {
		name string
		off  monitor.Parts
	}{
		{"pitboss", monitor.Tracing},
		{"unwatched", unwatched},
	} {
		b.Run("impl="+impl.name, func(b *testing.B) {
			const games = 300
			for b.Loop() {
				playOut(b, "memory", games, impl.off)
			}
			b.ReportMetric(float64(games*b.N)/b.Elapsed().Seconds(), "games/s")
		})
	}
}

// BenchmarkWatching compares a server that is watched with one that is not, with
// each of the stores that need nothing installed. The two play in turns of a few
// seconds at most, so that what else the machine does hits both alike. It reports
// medians of the turns' ratios: the processor time that a game takes, and the
// games per second.
func BenchmarkWatching(b *testing.B) {
	for store, games := range map[string]int{"memory": 200, "embedded": 30} {
		b.Run("store="+store, func(b *testing.B) { compareWatching(b, store, games) })
	}
}

func compareWatching(b *testing.B, store string, games int) {
	b.Helper()
	var cpu, speed []float64
	turn := func(off monitor.Parts) (used, took float64) {
		runtime.GC()
		before, begin := processorTime(b), time.Now()
		playOut(b, store, games, off)
		return (processorTime(b) - before).Seconds(), time.Since(begin).Seconds()
	}
	for b.Loop() {
		var with, without, withTook, withoutTook float64
		if len(cpu)%2 == 0 {
			with, withTook = turn(monitor.Tracing)
			without, withoutTook = turn(unwatched)
		} else {
			without, withoutTook = turn(unwatched)
			with, withTook = turn(monitor.Tracing)
		}
		cpu = append(cpu, with/without)
		speed = append(speed, withoutTook/withTook)
	}
	b.ReportMetric(median(cpu), "cpu-ratio")
	b.ReportMetric(median(speed), "games/s-ratio")
}

func playOut(b *testing.B, store string, games int, off monitor.Parts) {
	b.Helper()
	err := serve(b.Context(), config{
		listen: "127.0.0.1:0", store: store, data: b.TempDir(), durability: "process",
		tables: 50, games: games, seed: 7, keepRooms: 100,
		grace: 10 * time.Second, logLevel: slog.LevelError, unwatched: off,
	}, io.Discard, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
}

// processorTime is what the process has used, in its own code and in the
// system's.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
