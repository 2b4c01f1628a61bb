package gamestats

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// histogram counts durations for classic buckets and native ones at once: an
// observation adds to one cell, and which buckets it is in is worked out when
// the metrics are read. The client library's own does both separately, and takes
// several times as long. It has no lock of its own: whoever observes holds the
// guard that it was made with.
type histogram struct {
	family  *histograms
	guard   sync.Locker
	labels  []*dto.LabelPair
	created time.Time
	counts  []uint64
	sum     float64 // in nanoseconds
	// exemplars are the latest by classic bucket, the last beyond them all.
	exemplars []*dto.Exemplar
}

var _ prometheus.Metric = (*histogram)(nil)

// observe counts one duration; negative ones as zero.
func (h *histogram) observe(d time.Duration) { h.count(max(d, 0)) }

// observeIf counts one duration unless it is zero.
func (h *histogram) observeIf(d time.Duration) {
	if d > 0 {
		h.count(d)
	}
}

// observeTraced ties a duration to its trace where there is one. Only what is
// sampled has one, so that the cost of an exemplar is rare.
func (h *histogram) observeTraced(d time.Duration, trace string, at time.Time) {
	d = max(d, 0)
	i := h.count(d)
	if trace != "" {
		h.exemplars[h.family.layout.cells[i].classic] = exemplar(d, trace, at)
	}
}

func exemplar(d time.Duration, trace string, at time.Time) *dto.Exemplar {
	return &dto.Exemplar{
		Label: []*dto.LabelPair{{Name: new("trace_id"), Value: &trace}},
		Value: new(d.Seconds()), Timestamp: timestamppb.New(at),
	}
}

func (h *histogram) count(d time.Duration) int {
	i := h.family.layout.cell(int64(d))
	h.counts[i]++
	h.sum += float64(d)
	return i
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

func newHistograms(name, help string, layout *layout, labels ...string) *histograms {
	return &histograms{
		desc:     prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil),
		layout:   layout,
		children: make(map[[maxLabels]string]*histogram),
	}
}

// with returns the one with these values, which is made the first time. It is
// changed and read under guard.
func (f *histograms) with(guard sync.Locker, values ...string) *histogram {
	var key [maxLabels]string
	copy(key[:], values)
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.children[key]
	if h == nil {
		h = &histogram{
			family: f, guard: guard, labels: prometheus.MakeLabelPairs(f.desc, values), created: time.Now(),
			counts:    make([]uint64, len(f.layout.cells)),
			exemplars: make([]*dto.Exemplar, len(f.layout.classic)+1),
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
	list := slices.Collect(maps.Values(f.children))
	f.mu.Unlock()
	for _, h := range list { // whoever takes them may have to wait for their guards
		to <- h
	}
}
