package gamestats_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/pitboss-dev/pitboss/monitor/gamestats"
)

const broadcast = "pitboss_broadcast_duration_seconds"

// Durations are in the buckets, classic and native, in which the client library
// has them.
func TestHistogramsEqualTheLibrarys(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	s := gamestats.New(gamestats.Config{})
	registry := registered(t, s)
	bounds := classicBounds(gathered(t, registry, broadcast))
	model := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "model", Buckets: bounds, NativeHistogramBucketFactor: 1.1, NativeHistogramZeroThreshold: math.Exp2(-20),
	})
	observe := func(d time.Duration) {
		s.Broadcast(d, nil)
		model.Observe(d.Seconds())
	}
	for _, bound := range bounds {
		at := time.Duration(math.Round(bound * float64(time.Second)))
		for d := range time.Duration(3) {
			observe(at + d - 1)
		}
	}
	for n := range 17 + 20 { // the ends of native buckets
		observe(time.Duration(math.Exp2(float64(n-20)) * float64(time.Second)))
	}
	for range 10_000 {
		observe(time.Duration(math.Exp(r.Float64() * math.Log(float64(36*time.Hour))))) // from 1 ns on
	}
	observe(0)
	var want dto.Metric
	if err := model.Write(&want); err != nil {
		t.Fatal(err)
	}
	got, expected := gathered(t, registry, broadcast), want.Histogram
	if got.GetSampleCount() != expected.GetSampleCount() || math.Abs(got.GetSampleSum()/expected.GetSampleSum()-1) > 1e-9 {
		t.Errorf("%d, sum %g; the library has %d, sum %g",
			got.GetSampleCount(), got.GetSampleSum(), expected.GetSampleCount(), expected.GetSampleSum())
	}
	if !slices.Equal(classicCounts(got), classicCounts(expected)) {
		t.Errorf("classic: %v, the library has %v", classicCounts(got), classicCounts(expected))
	}
	// Both put neighbours together where there are many, ours sooner.
	a, b := nativeCounts(got), nativeCounts(expected)
	for schema := expected.GetSchema(); schema > got.GetSchema(); schema-- {
		b = coarser(b)
	}
	if got.GetZeroCount() != expected.GetZeroCount() || !maps.Equal(a, b) {
		t.Errorf("native, schema %d: %d below, %v; the library has %d, %v", got.GetSchema(), got.GetZeroCount(), a, expected.GetZeroCount(), b)
	}
}

// What is few is told as finely as it is counted, and what is longer than all
// buckets is in the last.
func TestHistogramsAtTheirEnds(t *testing.T) {
	t.Parallel()
	s := gamestats.New(gamestats.Config{})
	registry := registered(t, s)
	empty := gathered(t, registry, broadcast)
	if len(empty.PositiveSpan) != 1 || empty.GetSampleCount() != 0 {
		t.Errorf("one that is empty must still say that it is native: %v", empty)
	}
	for _, d := range []time.Duration{-time.Second, time.Second, math.MaxInt64} {
		s.Broadcast(d, nil)
	}
	h := gathered(t, registry, broadcast)
	if want := map[int]int64{0: 1, 17 * 8: 1}; h.GetSchema() != 3 || h.GetZeroCount() != 1 || !maps.Equal(nativeCounts(h), want) {
		t.Errorf("schema %d, %d at zero, native buckets %v", h.GetSchema(), h.GetZeroCount(), nativeCounts(h))
	}
	if counts := classicCounts(h); counts[0] != 1 || counts[len(counts)-1] != 2 || h.GetSampleCount() != 3 {
		t.Errorf("classic buckets %v of %d", counts, h.GetSampleCount())
	}
}

func gathered(t *testing.T, g prometheus.Gatherer, name string) *dto.Histogram {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.Metric[0].Histogram
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

func classicBounds(h *dto.Histogram) (bounds []float64) {
	for _, b := range h.Bucket {
		bounds = append(bounds, b.GetUpperBound())
	}
	return bounds
}

func classicCounts(h *dto.Histogram) (counts []uint64) {
	for _, b := range h.Bucket {
		counts = append(counts, b.GetCumulativeCount())
	}
	return counts
}

func nativeCounts(h *dto.Histogram) map[int]int64 {
	counts := make(map[int]int64)
	var index, delta int
	var n int64
	for _, span := range h.PositiveSpan {
		index += int(span.GetOffset())
		for range span.GetLength() {
			if n += h.PositiveDelta[delta]; n != 0 {
				counts[index] = n
			}
			delta++
			index++
		}
	}
	return counts
}

func coarser(counts map[int]int64) map[int]int64 {
	half := make(map[int]int64)
	for i, n := range counts {
		half[(i+1)>>1] += n
	}
	return half
}

func BenchmarkBroadcast(b *testing.B) {
	s := gamestats.New(gamestats.Config{})
	b.ReportAllocs()
	for b.Loop() {
		s.Broadcast(123*time.Microsecond, nil)
	}
}
