package gamestats

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// histogram counts durations for classic buckets and native ones at once: an
// observation adds to one counter, and which buckets it is in is worked out when
// the metrics are read. The client library's own does both separately, and takes
// five times as long. It is safe for concurrent use.
type histogram struct {
	family  *histograms
	labels  []*dto.LabelPair
	created time.Time
	counts  []atomic.Uint64
	// exemplars are the latest by classic bucket, the last beyond them all.
	exemplars []atomic.Pointer[dto.Exemplar]

	// What changes shares no cache line with what is only read.
	_   [64]byte
	sum atomic.Uint64 // the bits of a float64, in seconds
	_   [56]byte
}

var _ prometheus.Metric = (*histogram)(nil)

// observe counts one duration; negative ones as zero.
func (h *histogram) observe(d time.Duration) { h.count(max(d, 0)) }

// observeTraced ties a duration to its trace where there is one. Only what is
// sampled has one, so that the cost of an exemplar is rare.
func (h *histogram) observeTraced(d time.Duration, trace string) {
	d = max(d, 0)
	i := h.count(d)
	if trace != "" {
		h.exemplars[h.family.layout.cells[i].classic].Store(exemplar(d, trace))
	}
}

func exemplar(d time.Duration, trace string) *dto.Exemplar {
	return &dto.Exemplar{
		Label: []*dto.LabelPair{{Name: new("trace_id"), Value: &trace}},
		Value: new(d.Seconds()), Timestamp: timestamppb.Now(),
	}
}

func (h *histogram) count(d time.Duration) int {
	i := h.family.layout.cell(int64(d))
	h.counts[i].Add(1)
	seconds := d.Seconds()
	for {
		bits := h.sum.Load()
		if h.sum.CompareAndSwap(bits, math.Float64bits(math.Float64frombits(bits)+seconds)) {
			return i
		}
	}
}

// Desc implements [prometheus.Metric].
func (h *histogram) Desc() *prometheus.Desc { return h.family.desc }

// histograms are those of one name, by their labels' values.
type histograms struct {
	desc   *prometheus.Desc
	layout *layout

	mu       sync.Mutex
	children map[[maxLabels]string]*histogram
}

// maxLabels is the most labels that a histogram of ours has.
const maxLabels = 2

var _ prometheus.Collector = (*histograms)(nil)

func newHistograms(name, help string, buckets []float64, labels ...string) *histograms {
	return &histograms{
		desc:     prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil),
		layout:   newLayout(buckets),
		children: make(map[[maxLabels]string]*histogram),
	}
}

// with returns the one with these values, which is made the first time.
func (f *histograms) with(values ...string) *histogram {
	var key [maxLabels]string
	copy(key[:], values)
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.children[key]
	if h == nil {
		h = &histogram{
			family: f, labels: prometheus.MakeLabelPairs(f.desc, values), created: time.Now(),
			counts:    make([]atomic.Uint64, len(f.layout.cells)),
			exemplars: make([]atomic.Pointer[dto.Exemplar], len(f.layout.classic)+1),
		}
		f.children[key] = h
	}
	return h
}

// Describe implements [prometheus.Collector].
func (f *histograms) Describe(to chan<- *prometheus.Desc) { to <- f.desc }

// Collect implements [prometheus.Collector].
func (f *histograms) Collect(to chan<- prometheus.Metric) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.children {
		to <- h
	}
}
