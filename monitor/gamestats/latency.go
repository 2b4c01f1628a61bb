package gamestats

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Latency counts durations in buckets whose width is at most 1/32 of their
// lower bound, so that its quantiles are exact to about 3 %. The scheme is that
// of HdrHistogram: a power of two, and 32 equal steps within it. The zero value
// is empty; it is safe for concurrent use.
type Latency struct {
	count   atomic.Uint64
	buckets [(64 - subBits) << subBits]atomic.Uint64
}

const subBits = 5

// Observe counts one duration; negative ones as zero.
func (l *Latency) Observe(d time.Duration) {
	l.buckets[bucketOf(uint64(max(d, 0)))].Add(1)
	l.count.Add(1)
}

// Count returns how many durations were counted.
func (l *Latency) Count() uint64 { return l.count.Load() }

// Quantile returns the duration that the share q of all, 0 to 1, does not
// exceed; zero if none was counted.
func (l *Latency) Quantile(q float64) time.Duration {
	total := l.count.Load()
	if total == 0 {
		return 0
	}
	rank := min(max(uint64(q*float64(total)+0.5), 1), total)
	var seen uint64
	for i := range l.buckets {
		if seen += l.buckets[i].Load(); seen >= rank {
			return time.Duration(upperBound(i))
		}
	}
	return 0
}

// bucketOf maps values below 2^subBits to themselves, and above that keeps the
// subBits bits after the leading one.
func bucketOf(v uint64) int {
	if v < 1<<subBits {
		return int(v)
	}
	shift := bits.Len64(v) - 1 - subBits
	return (shift+1)<<subBits + int(v>>shift) - 1<<subBits
}

// upperBound is the largest value of a bucket.
func upperBound(bucket int) uint64 {
	if bucket < 1<<subBits {
		return uint64(bucket)
	}
	shift := bucket>>subBits - 1
	return (uint64(bucket)&(1<<subBits-1)+1<<subBits+1)<<shift - 1
}
