// Package sketch counts durations in buckets, so that quantiles take a fixed
// size whatever is counted, and sketches of parts add up to that of the whole.
// The scheme is that of HdrHistogram: a power of two, and 32 equal steps within
// it.
package sketch

import (
	"iter"
	"math"
	"time"
)

const (
	// octaves is how many powers of two of microseconds [Durations] tells
	// apart; longer than 12 days is one bucket.
	octaves = 40
	kept    = (octaves - subBits + 1) << subBits
)

// Durations counts durations with their sum. Quantiles are exact to 1/32 and to
// a microsecond. Once a bucket is full, after four billion durations, what was
// counted before weighs half in them. The zero value is empty. It is not safe for
// concurrent use.
type Durations struct {
	count  uint64
	sum    time.Duration
	max    time.Duration
	counts [kept]uint32
}

// Observe counts one duration; negative ones as zero.
func (s *Durations) Observe(d time.Duration) {
	d = max(d, 0)
	n := &s.counts[min(Bucket(uint64(d/time.Microsecond)), kept-1)]
	if *n == math.MaxUint32 {
		s.halve()
	}
	*n++
	s.count++
	s.sum += d
	s.max = max(s.max, d)
}

// Merge adds what another sketch counted.
func (s *Durations) Merge(other *Durations) {
	if other.count == 0 {
		return
	}
	s.count += other.count
	s.sum += other.sum
	s.max = max(s.max, other.max)
	for i, n := range &other.counts {
		s.counts[i] += min(n, math.MaxUint32-s.counts[i])
	}
}

// halve makes room in the buckets and leaves the quantiles about as they are.
// What is rare stays.
func (s *Durations) halve() {
	for i := range s.counts {
		s.counts[i] -= s.counts[i] / 2
	}
}

// Reset empties the sketch.
func (s *Durations) Reset() { *s = Durations{} }

// Count returns how many durations were counted.
func (s *Durations) Count() uint64 { return s.count }

// Sum returns what they add up to.
func (s *Durations) Sum() time.Duration { return s.sum }

// Max returns the longest.
func (s *Durations) Max() time.Duration { return s.max }

// Mean returns their average; zero if none was counted.
func (s *Durations) Mean() time.Duration {
	if s.count == 0 {
		return 0
	}
	return s.sum / time.Duration(s.count)
}

// All ranges over the buckets that are not empty, shortest first: what their
// durations do not exceed, and how many they are.
func (s *Durations) All() iter.Seq2[time.Duration, uint64] {
	return func(yield func(time.Duration, uint64) bool) {
		for i, n := range &s.counts {
			if n > 0 && !yield(s.bound(i), uint64(n)) {
				return
			}
		}
	}
}

// bound is what a bucket's durations do not exceed. A bucket ends where the next
// microsecond begins.
func (s *Durations) bound(bucket int) time.Duration {
	return min(time.Duration(UpperBound(bucket)+1)*time.Microsecond-1, s.max)
}

// Quantile returns the duration that the share q of all, 0 to 1, does not
// exceed; zero if none was counted.
func (s *Durations) Quantile(q float64) time.Duration {
	var total uint64 // what the buckets still hold
	for _, n := range &s.counts {
		total += uint64(n)
	}
	if total == 0 {
		return 0
	}
	rank := min(max(uint64(q*float64(total)+0.5), 1), total)
	var seen uint64
	for i, n := range &s.counts {
		if seen += uint64(n); seen >= rank {
			return s.bound(i)
		}
	}
	return s.max
}
