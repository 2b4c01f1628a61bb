package main

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/monitor"
)

// BenchmarkGames plays 300 games at 50 tables as fast as they go.
//
//   - pitboss is with all that watches but tracing, unwatched without.
func BenchmarkGames(b *testing.B) {
	for _, impl := range []struct {
		name string
		off  monitor.Parts
	}{
		{"pitboss", monitor.Tracing},
		{"unwatched", monitor.Stats | monitor.System | monitor.Stream | monitor.Visual | monitor.Tracing},
	} {
		b.Run("impl="+impl.name, func(b *testing.B) {
			const games = 300
			for b.Loop() {
				err := serve(b.Context(), config{
					listen: "127.0.0.1:0", store: "memory", tables: 50, games: games, seed: 7,
					grace: 10 * time.Second, logLevel: slog.LevelError, unwatched: impl.off,
				}, io.Discard, io.Discard)
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(games*b.N)/b.Elapsed().Seconds(), "games/s")
		})
	}
}
