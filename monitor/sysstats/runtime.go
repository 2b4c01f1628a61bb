package sysstats

import (
	"math"
	"runtime/metrics"
	"slices"
)

// The runtime's figures, by its own names.
const (
	schedLatencies = "/sched/latencies:seconds"
	gcPauses       = "/sched/pauses/total/gc:seconds"
	gcCycles       = "/gc/cycles/total:gc-cycles"
	goroutines     = "/sched/goroutines:goroutines"
	threads        = "/sched/threads/total:threads"
	processors     = "/sched/gomaxprocs:threads"
	heapObjects    = "/memory/classes/heap/objects:bytes"
	heapLive       = "/gc/heap/live:bytes"
	heapGoal       = "/gc/heap/goal:bytes"
	heapReleased   = "/memory/classes/heap/released:bytes"
	memoryTotal    = "/memory/classes/total:bytes"
)

// runtimeReader reads runtime/metrics, and remembers the histograms, which
// count from the program's start.
type runtimeReader struct {
	samples  []metrics.Sample
	previous map[string][]uint64
}

func newRuntimeReader() *runtimeReader {
	r := &runtimeReader{previous: make(map[string][]uint64)}
	for _, name := range []string{
		schedLatencies, gcPauses, gcCycles, goroutines, threads, processors,
		heapObjects, heapLive, heapGoal, heapReleased, memoryTotal,
	} {
		r.samples = append(r.samples, metrics.Sample{Name: name})
	}
	return r
}

// read fills in what the runtime tells. What this version of Go does not know
// stays zero.
func (r *runtimeReader) read(into *Snapshot) {
	metrics.Read(r.samples)
	for i := range r.samples {
		s := &r.samples[i]
		switch s.Value.Kind() {
		case metrics.KindFloat64Histogram:
			q := r.quantiles(s.Name, s.Value.Float64Histogram())
			if s.Name == schedLatencies {
				into.SchedulerLatency = q
			} else {
				into.GCPause = q
			}
		case metrics.KindUint64:
			set(into, s.Name, s.Value.Uint64())
		}
	}
	into.Processors = max(into.Processors, 1)
}

func set(into *Snapshot, name string, value uint64) {
	switch name {
	case gcCycles:
		into.GCCycles = value
	case goroutines:
		into.Goroutines = int(value)
	case threads:
		into.Threads = int(value)
	case processors:
		into.Processors = int(value)
	case heapObjects:
		into.Heap.Objects = value
	case heapLive:
		into.Heap.Live = value
	case heapGoal:
		into.Heap.Goal = value
	case heapReleased:
		into.Heap.Released = value
	case memoryTotal:
		into.Heap.Total = value
	}
}

// quantiles tells of what was counted since the last time.
func (r *runtimeReader) quantiles(name string, h *metrics.Float64Histogram) Quantiles {
	before := r.previous[name]
	counts := slices.Clone(h.Counts)
	r.previous[name] = slices.Clone(h.Counts)
	for i := range before {
		counts[i] -= before[i]
	}
	return quantilesOf(counts, h.Buckets)
}

// quantilesOf reads quantiles from a histogram whose bucket i lies between
// bounds i and i+1.
func quantilesOf(counts []uint64, bounds []float64) Quantiles {
	var q Quantiles
	for _, n := range counts {
		q.Count += n
	}
	if q.Count == 0 {
		return q
	}
	q.P50, q.P99, q.Max = boundAt(counts, bounds, q.Count, 0.5), boundAt(counts, bounds, q.Count, 0.99), boundAt(counts, bounds, q.Count, 1)
	return q
}

// boundAt is the upper bound of the bucket that holds a quantile, or the lower
// one of a bucket without end.
func boundAt(counts []uint64, bounds []float64, total uint64, quantile float64) float64 {
	rank := uint64(math.Ceil(quantile * float64(total)))
	var seen uint64
	for i, n := range counts {
		if seen += n; seen >= rank && n > 0 {
			if math.IsInf(bounds[i+1], 1) {
				return bounds[i]
			}
			return bounds[i+1]
		}
	}
	return 0
}
