package sketch

import (
	"math"
	"testing"
	"time"
)

// A server that runs for months fills buckets of 32 bits. Quantiles stay what
// they were; a bucket that began again at zero would turn them upside down.
func TestFullBuckets(t *testing.T) {
	t.Parallel()
	var s Durations
	s.Observe(time.Hour)
	s.Observe(time.Millisecond)
	for i, n := range s.counts {
		if n > 0 && i < kept/2 { // the millisecond's
			s.counts[i] = math.MaxUint32 - 2
			s.count += math.MaxUint32 - 3
		}
	}
	begin := s.Count()
	for range 10 {
		s.Observe(time.Millisecond)
	}
	check := func(s *Durations) {
		t.Helper()
		if p50, p99, p100 := s.Quantile(0.5), s.Quantile(0.99), s.Quantile(1); p50 > 2*time.Millisecond || p99 > 2*time.Millisecond || p100 != time.Hour {
			t.Errorf("p50 %v, p99 %v, p100 %v", p50, p99, p100)
		}
	}
	check(&s)
	if s.Count() != begin+10 || s.Max() != time.Hour || s.Mean() > 2*time.Millisecond {
		t.Errorf("%d counted, mean %v, max %v", s.Count(), s.Mean(), s.Max())
	}
	sum := s
	for range 5 {
		sum.Merge(&s)
	}
	check(&sum)
}
