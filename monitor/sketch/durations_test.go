package sketch_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
)

func TestBuckets(t *testing.T) {
	t.Parallel()
	last := -1
	for _, v := range []uint64{0, 1, 31, 32, 33, 63, 64, 65, 66, 1000, 1 << 20, 1<<20 + 1<<15, math.MaxInt64} {
		b := sketch.Bucket(v)
		upper := sketch.UpperBound(b)
		if b < last || upper < v || float64(upper-v) > float64(v)/32 {
			t.Errorf("%d is in bucket %d, up to %d", v, b, upper)
		}
		last = b
	}
	if last != sketch.Buckets-1 {
		t.Errorf("the largest value is in bucket %d of %d", last, sketch.Buckets)
	}
}

// Sketches of parts, merged, answer as sorting the whole would.
func TestMergedQuantilesEqualSorting(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var parts [4]sketch.Durations
	all := make([]time.Duration, 10_000)
	var sum time.Duration
	for i := range all {
		all[i] = time.Duration(math.Exp(r.Float64() * 30))
		parts[i%len(parts)].Observe(all[i])
		sum += all[i]
	}
	var whole sketch.Durations
	if whole.Quantile(0.5) != 0 || whole.Mean() != 0 {
		t.Error("an empty one has figures")
	}
	for i := range parts {
		whole.Merge(&parts[i])
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.001, 0.5, 0.9, 0.99, 0.999, 1} {
		exact := all[max(int(q*float64(len(all))+0.5), 1)-1]
		if got := whole.Quantile(q); got < exact || float64(got) > float64(exact)*33/32+float64(time.Microsecond) {
			t.Errorf("quantile %g is %v, want %v and at most 1/32 more", q, got, exact)
		}
	}
	if whole.Count() != uint64(len(all)) || whole.Sum() != sum || whole.Max() != all[len(all)-1] || whole.Mean() != sum/time.Duration(len(all)) {
		t.Errorf("count %d, sum %v, max %v", whole.Count(), whole.Sum(), whole.Max())
	}
	whole.Reset()
	if whole != (sketch.Durations{}) {
		t.Error("not empty after Reset")
	}
}

// The buckets hold every duration, in order, below their bounds.
func TestAllCountsEverything(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	var s sketch.Durations
	all := make([]time.Duration, 1000)
	for i := range all {
		all[i] = time.Duration(math.Exp(r.Float64() * 25))
		s.Observe(all[i])
	}
	slices.Sort(all)
	seen, last := 0, time.Duration(-1)
	for bound, n := range s.All() {
		if bound <= last || n == 0 {
			t.Errorf("%d up to %v after %v", n, bound, last)
		}
		last = bound
		seen += int(n)
		if all[seen-1] > bound || seen < len(all) && all[seen] <= bound {
			t.Errorf("%d are up to %v, want those up to %v", seen, bound, all[seen-1])
		}
	}
	if seen != len(all) || last != s.Max() {
		t.Errorf("%d up to %v, want %d up to %v", seen, last, len(all), s.Max())
	}
	for range s.All() {
		break
	}
}

func TestExtremes(t *testing.T) {
	t.Parallel()
	var s sketch.Durations
	s.Observe(-time.Second)
	if s.Quantile(1) != 0 {
		t.Errorf("a negative duration counts as %v", s.Quantile(1))
	}
	s.Observe(math.MaxInt64)
	if got := s.Quantile(0.99); got < 12*24*time.Hour {
		t.Errorf("the longest duration counts as %v", got)
	}
}

func BenchmarkObserve(b *testing.B) {
	var s sketch.Durations
	b.ReportAllocs()
	for b.Loop() {
		s.Observe(123 * time.Millisecond)
	}
}
