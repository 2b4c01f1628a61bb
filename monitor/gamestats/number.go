package gamestats

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// number is a counter or a gauge. Unlike the client library's it has no lock of
// its own: whoever changes or reads it holds that of the commits, so that many
// are changed under one.
type number struct {
	labels  []*dto.LabelPair
	created time.Time
	value   float64
}

func (n *number) inc() { n.value++ }
func (n *number) dec() { n.value-- }

// numbers are those of one name, by their labels' values.
type numbers struct {
	desc     *prometheus.Desc
	kind     prometheus.ValueType
	children map[string]*number
}

func newNumbers(kind prometheus.ValueType, name, help string, labels []string) *numbers {
	return &numbers{
		desc: prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil),
		kind: kind, children: make(map[string]*number),
	}
}

// with returns the one with these values, which is made the first time.
func (f *numbers) with(values ...string) *number {
	key := strings.Join(values, "\x00")
	n := f.children[key]
	if n == nil {
		n = &number{labels: prometheus.MakeLabelPairs(f.desc, values), created: time.Now()}
		f.children[key] = n
	}
	return n
}

// Describe sends what [prometheus.Collector] wants to know of them.
func (f *numbers) Describe(to chan<- *prometheus.Desc) { to <- f.desc }

// samples adds the numbers as they are to a list.
func (f *numbers) samples(list []prometheus.Metric) []prometheus.Metric {
	for _, n := range f.children {
		list = append(list, &sample{f, *n})
	}
	return list
}

// sample is a number at the time when it was read.
type sample struct {
	family *numbers
	number number
}

// Desc implements [prometheus.Metric].
func (s *sample) Desc() *prometheus.Desc { return s.family.desc }

// Write implements [prometheus.Metric].
func (s *sample) Write(to *dto.Metric) error {
	to.Label = s.number.labels
	if s.family.kind == prometheus.CounterValue {
		to.Counter = &dto.Counter{Value: &s.number.value, CreatedTimestamp: timestamppb.New(s.number.created)}
	} else {
		to.Gauge = &dto.Gauge{Value: &s.number.value}
	}
	return nil
}
