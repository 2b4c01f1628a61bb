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
	guard   sync.Locker // brings it up to date; nil: it is
	buckets [sketch.Buckets]atomic.Uint64
}

// Observe counts one duration; negative ones as zero.
func (l *Latency) Observe(d time.Duration) {
	l.buckets[sketch.Bucket(uint64(max(d, 0)))].Add(1)
}

// Count returns how many durations were counted.
func (l *Latency) Count() (total uint64) {
	if l.guard != nil {
		l.guard.Lock()
		defer l.guard.Unlock()
	}
	for i := range l.buckets {
		total += l.buckets[i].Load()
	}
	return total
}

// Quantile returns the duration that the share q of all, 0 to 1, does not
// exceed; zero if none was counted.
func (l *Latency) Quantile(q float64) time.Duration {
	total := l.Count()
	if total == 0 {
		return 0
	}
	rank := min(max(uint64(q*float64(total)+0.5), 1), total)
	var seen uint64
	for i := range l.buckets {
		if seen += l.buckets[i].Load(); seen >= rank {
			return time.Duration(sketch.UpperBound(i))
		}
	}
	return 0
}
