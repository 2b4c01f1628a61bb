package liaptui_test

import (
	"testing"

	"github.com/pitboss-dev/pitboss/liaptui"
)

// The state machine alone: whole games of the simplest moves.
func BenchmarkGame(b *testing.B) {
	b.ReportAllocs()
	seed, facts := uint64(0), 0
	for b.Loop() {
		g := newTable(b, liaptui.Config{})
		g.start(seed)
		g.play(never)
		facts += len(g.facts)
		seed++
	}
	b.ReportMetric(float64(facts)/float64(b.N), "facts/op")
}
