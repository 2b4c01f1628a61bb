package gamestats

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
)

// Latency counts durations, to the nanosecond, in the buckets of
// [sketch.Bucket], so that its quantiles are exact to about 3 %. The zero value
// is empty; it is safe for concurrent use.
type Latency struct {
	buckets [sketch.Buckets]atomic.Uint64
	// What is counted by somebody who holds guard needs not be atomic.
	guard   sync.Locker // nil: nothing is
	guarded [sketch.Buckets]uint64
}

// Observe counts one duration; negative ones as zero.
func (l *Latency) Observe(d time.Duration) { l.buckets[latencyBucket(d)].Add(1) }

// add is Observe for whoever holds guard.
func (l *Latency) add(d time.Duration) { l.guarded[latencyBucket(d)]++ }

func latencyBucket(d time.Duration) int { return sketch.Bucket(uint64(max(d, 0))) }

// Count returns how many durations were counted.
func (l *Latency) Count() (total uint64) {
	_, total = l.counts()
	return total
}

func (l *Latency) counts() (counts [sketch.Buckets]uint64, total uint64) {
	if l.guard != nil {
		l.guard.Lock()
		counts = l.guarded
		l.guard.Unlock()
	}
	for i := range counts {
		counts[i] += l.buckets[i].Load()
		total += counts[i]
	}
	return counts, total
}

// Quantile returns the duration that the share q of all, 0 to 1, does not
// exceed; zero if none was counted.
func (l *Latency) Quantile(q float64) time.Duration {
	counts, total := l.counts()
	if total == 0 {
		return 0
	}
	rank := min(max(uint64(q*float64(total)+0.5), 1), total)
	var seen uint64
	for i, n := range &counts {
		if seen += n; seen >= rank {
			return time.Duration(sketch.UpperBound(i))
		}
	}
	return 0
}
