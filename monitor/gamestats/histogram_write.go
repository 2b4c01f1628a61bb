package gamestats

import (
	"math"
	"time"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxNative is how many native buckets are told, as the client library suggests.
// With more, neighbours are put together.
const maxNative = 160

// Write implements [prometheus.Metric]: a scraper that takes native buckets gets
// both kinds, any other the classic ones.
func (h *histogram) Write(to *dto.Metric) error {
	counts := make([]uint64, len(h.family.layout.cells))
	exemplars := make([]*dto.Exemplar, len(h.family.layout.classic)+1)
	h.guard.Lock()
	copy(counts, h.counts)
	copy(exemplars, h.exemplars)
	sum := h.sum / float64(time.Second)
	h.guard.Unlock()
	to.Label = h.labels
	to.Histogram = h.family.layout.encode(counts, sum, exemplars)
	to.Histogram.CreatedTimestamp = timestamppb.New(h.created)
	return nil
}

// encode puts the cells together to buckets.
func (l *layout) encode(counts []uint64, sum float64, exemplars []*dto.Exemplar) *dto.Histogram {
	classic := make([]uint64, len(l.classic)+1)
	native := make([]int64, longest-shortest+1)
	var total uint64
	for i, n := range counts {
		total += n
		classic[l.cells[i].classic] += n
		native[l.cells[i].native-shortest] += int64(n)
	}
	out := &dto.Histogram{
		SampleCount: &total, SampleSum: &sum,
		ZeroThreshold: new(math.Exp2(float64(shortest) / (1 << schema))),
		ZeroCount:     new(uint64(native[0])),
	}
	l.writeClassic(out, classic, exemplars)
	writeNative(out, native[1:])
	return out
}

func (l *layout) writeClassic(out *dto.Histogram, counts []uint64, exemplars []*dto.Exemplar) {
	var below uint64
	for i, n := range counts {
		below += n
		exemplar, bound := exemplars[i], math.Inf(1)
		if exemplar != nil {
			out.Exemplars = append(out.Exemplars, exemplar)
		}
		if i < len(l.classic) {
			bound = l.classic[i]
		} else if exemplar == nil {
			continue // the encoders add the last one themselves
		}
		out.Bucket = append(out.Bucket, &dto.Bucket{CumulativeCount: new(below), UpperBound: &bound, Exemplar: exemplar})
	}
}

// writeNative encodes the buckets above zero as Prometheus has them: spans of
// buckets that follow each other, and each count as its difference from the one
// before.
func writeNative(out *dto.Histogram, counts []int64) {
	index, resolution := shortest+1, int32(schema) // of counts[0]
	for used(counts) > maxNative {
		counts, index = halve(counts, index)
		resolution--
	}
	out.Schema = &resolution
	var last int64
	next := 0 // the bucket that would go on with the span
	for i, n := range counts {
		if n == 0 {
			continue
		}
		if len(out.PositiveSpan) == 0 || index+i != next {
			gap := int32(index + i - next)
			out.PositiveSpan = append(out.PositiveSpan, &dto.BucketSpan{Offset: &gap, Length: new(uint32(0))})
		}
		*out.PositiveSpan[len(out.PositiveSpan)-1].Length++
		out.PositiveDelta = append(out.PositiveDelta, n-last)
		last, next = n, index+i+1
	}
	if len(out.PositiveSpan) == 0 { // says that it is native, though empty
		out.PositiveSpan = []*dto.BucketSpan{{Offset: new(int32(0)), Length: new(uint32(0))}}
	}
}

func used(counts []int64) (n int) {
	for _, c := range counts {
		if c != 0 {
			n++
		}
	}
	return n
}

// halve puts two neighbours together: bucket i of the finer schema is in bucket
// ceil(i/2) of the coarser.
func halve(counts []int64, index int) ([]int64, int) {
	coarse := (index + 1) >> 1
	half := make([]int64, (index+len(counts))>>1-coarse+1)
	for i, n := range counts {
		half[(index+i+1)>>1-coarse] += n
	}
	return half, coarse
}
