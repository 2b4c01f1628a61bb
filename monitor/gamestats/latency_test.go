package gamestats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestLatencyQuantilesEqualSorting(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var l Latency
	if l.Quantile(0.5) != 0 {
		t.Error("an empty one has a quantile")
	}
	all := make([]time.Duration, 10_000)
	for i := range all {
		all[i] = time.Duration(math.Exp(r.Float64() * 22))
		l.Observe(all[i])
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.001, 0.5, 0.9, 0.99, 0.999, 1} {
		exact := all[max(int(q*float64(len(all))+0.5), 1)-1]
		if got := l.Quantile(q); got < exact || float64(got) > float64(exact)*33/32+1 {
			t.Errorf("quantile %g is %v, want %v and at most 1/32 more", q, got, exact)
		}
	}
}

func TestHour(t *testing.T) {
	t.Parallel()
	var h hour
	start := time.Unix(1_000_000_020, 0)
	for i := range 3 {
		h.add(start.Add(time.Duration(i) * 30 * time.Minute))
	}
	for after, want := range map[time.Duration]int{
		time.Hour: 2, 59 * time.Minute: 2, 61 * time.Minute: 2, 100 * time.Minute: 1, 3 * time.Hour: 0,
	} {
		if got := h.count(start.Add(after)); got != want {
			t.Errorf("after %v: %d, want %d", after, got, want)
		}
	}
}

func BenchmarkLatencyObserve(b *testing.B) {
	var l Latency
	b.ReportAllocs()
	for b.Loop() {
		l.Observe(123 * time.Microsecond)
	}
}
