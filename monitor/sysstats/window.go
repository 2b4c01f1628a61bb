package sysstats

import "time"

// window is the latest samples of one figure: a ring.
type window struct {
	samples []sample
	next    int // where the next goes; the oldest once all places are taken
}

type sample struct {
	at    time.Time
	value float64
}

func newWindow(size int) window { return window{samples: make([]sample, 0, size)} }

func (w *window) add(at time.Time, value float64) {
	if len(w.samples) < cap(w.samples) {
		w.samples = append(w.samples, sample{at, value})
		return
	}
	w.samples[w.next] = sample{at, value}
	w.next = (w.next + 1) % len(w.samples)
}

func (w *window) oldest() sample { return w.samples[w.next%len(w.samples)] }

func (w *window) newest() sample {
	return w.samples[(w.next+len(w.samples)-1)%len(w.samples)]
}

// span is the time from the oldest sample to the newest.
func (w *window) span() time.Duration {
	if len(w.samples) == 0 {
		return 0
	}
	return w.newest().at.Sub(w.oldest().at)
}

// slope is the change per second of the line with the least squared distances
// from all samples, so that one garbage collection more or less at either end
// says little. It is zero for samples of one moment.
func (w *window) slope() float64 {
	if len(w.samples) == 0 {
		return 0
	}
	// Deviations from the means: sums of squared absolute values would drown
	// the differences in rounding.
	origin, n := w.oldest().at, float64(len(w.samples))
	var meanTime, meanValue float64
	for _, s := range w.samples {
		meanTime += s.at.Sub(origin).Seconds()
		meanValue += s.value
	}
	meanTime, meanValue = meanTime/n, meanValue/n
	var covariance, variance float64
	for _, s := range w.samples {
		t := s.at.Sub(origin).Seconds() - meanTime
		covariance += t * (s.value - meanValue)
		variance += t * t
	}
	if variance == 0 {
		return 0
	}
	return covariance / variance
}
