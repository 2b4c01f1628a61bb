package visual

import (
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
)

// bucket is what happened within one step of time.
type bucket struct {
	step                          int64 // since 1970, in units of its ring; zero for never
	actions, rejected             uint64
	transitions, errors           uint64
	started, completed, abandoned uint64
	took                          sketch.Durations // of actions
}

func (b *bucket) merge(other *bucket) {
	b.actions += other.actions
	b.rejected += other.rejected
	b.transitions += other.transitions
	b.errors += other.errors
	b.started += other.started
	b.completed += other.completed
	b.abandoned += other.abandoned
	b.took.Merge(&other.took)
}

// The timeline is kept twice: finely for an hour, coarsely for a day. What a
// ring's newest step lacks is still to come, so one more is kept.
const (
	fineStep, fineSteps     = time.Minute, 60
	coarseStep, coarseSteps = 15 * time.Minute, 96
)

// timeline is a pair of rings. Buckets are made when something happened in them.
type timeline struct {
	open   bucket // of one minute, not yet in the rings
	fine   [fineSteps + 1]*bucket
	coarse [coarseSteps + 1]*bucket
}

// at returns the bucket for what happens at a time. It is the open one, so that
// adding to it costs what adding to a number does.
func (l *timeline) at(t time.Time) *bucket {
	if minute := t.Unix() / int64(fineStep/time.Second); minute != l.open.step {
		l.flush()
		l.open.step = minute
	}
	return &l.open
}

// flush moves what is open into the rings.
func (l *timeline) flush() {
	step := l.open.step
	keep(l.fine[:], step, &l.open)
	keep(l.coarse[:], step/int64(coarseStep/fineStep), &l.open)
	l.open = bucket{step: step}
}

// keep adds to a step's bucket, which takes the place of one that is out of
// date. What is out of date itself is left out.
func keep(ring []*bucket, step int64, more *bucket) {
	b := &ring[int(uint64(step)%uint64(len(ring)))]
	if *b == nil {
		*b = &bucket{step: step}
	}
	if (*b).step < step {
		**b = bucket{step: step}
	}
	if (*b).step == step {
		(*b).merge(more)
	}
}

// Performance is how the rooms did over time, oldest first.
type Performance struct {
	header
	WindowSeconds float64 `json:"window_seconds"`
	BucketSeconds float64 `json:"bucket_seconds"`
	Buckets       []Span  `json:"buckets"`
	Total         Span    `json:"total"`
}

// Span is what happened within a time. Latencies are of actions, from their
// receipt until they were done.
type Span struct {
	Time           time.Time `json:"time"` // when it begins
	Actions        uint64    `json:"actions"`
	Rejected       uint64    `json:"rejected"`
	Transitions    uint64    `json:"transitions"`
	Errors         uint64    `json:"errors"`
	GamesStarted   uint64    `json:"games_started"`
	GamesCompleted uint64    `json:"games_completed"`
	GamesAbandoned uint64    `json:"games_abandoned"`
	MeanMS         float64   `json:"avg_duration_ms"`
	P50MS          float64   `json:"p50_duration_ms"`
	P95MS          float64   `json:"p95_duration_ms"`
	P99MS          float64   `json:"p99_duration_ms"`
	MaxMS          float64   `json:"max_duration_ms"`
}

func (b *bucket) span(at time.Time) Span {
	return Span{
		Time: at.UTC(), Actions: b.actions, Rejected: b.rejected, Transitions: b.transitions, Errors: b.errors,
		GamesStarted: b.started, GamesCompleted: b.completed, GamesAbandoned: b.abandoned,
		MeanMS: milliseconds(b.took.Mean()), P50MS: milliseconds(b.took.Quantile(0.5)),
		P95MS: milliseconds(b.took.Quantile(0.95)), P99MS: milliseconds(b.took.Quantile(0.99)),
		MaxMS: milliseconds(b.took.Max()),
	}
}

// MinWindow and MaxWindow bound the window of [Visual.Performance].
const (
	MinWindow = fineStep
	MaxWindow = coarseSteps * coarseStep
)

// Performance returns the last steps of time that cover the window: minutes up
// to an hour, quarters of an hour beyond. The window is brought within
// [MinWindow] and [MaxWindow].
func (v *Visual) Performance(window time.Duration) Performance {
	window = min(max(window, MinWindow), MaxWindow)
	p := Performance{WindowSeconds: window.Seconds()}
	var now time.Time
	p.header, now = v.header("performance")
	step, ring := fineStep, func(l *timeline) []*bucket { return l.fine[:] }
	if window > fineSteps*fineStep {
		step, ring = coarseStep, func(l *timeline) []*bucket { return l.coarse[:] }
	}
	p.BucketSeconds = step.Seconds()
	steps := int((window + step - 1) / step)
	seconds := int64(step / time.Second)
	first := now.Unix()/seconds - int64(steps) + 1
	spans := make([]bucket, steps)
	v.commits.Lock()
	defer v.commits.Unlock()
	v.timeline.flush()
	for _, b := range ring(&v.timeline) {
		if b != nil && b.step >= first && b.step < first+int64(steps) {
			spans[b.step-first].merge(b)
		}
	}
	var total bucket
	p.Buckets = make([]Span, steps)
	for i := range spans {
		p.Buckets[i] = spans[i].span(time.Unix((first+int64(i))*seconds, 0))
		total.merge(&spans[i])
	}
	p.Total = total.span(time.Unix(first*seconds, 0))
	return p
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
