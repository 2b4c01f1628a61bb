package handler

import (
	"fmt"
	"math"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Backoff says how often a failed message is tried and how long it waits in
// between. The zero value is a sensible one: five attempts, from 100 ms
// doubling up to 30 s, with full jitter.
type Backoff struct {
	// First is the longest wait before the second attempt. Zero: 100 ms.
	First time.Duration
	// Max bounds every wait. Zero: 30 s, or First if that is longer.
	Max time.Duration
	// Factor is by how much the wait grows from one attempt to the next, 1 or
	// more. Zero: 2.
	Factor float64
	// Attempts is how often a message is delivered at most, the first time
	// included; 1 means no retry, [Forever] no end. Zero: 5.
	Attempts int
	// Jitter spreads the waits, so that what failed together is not tried
	// again together. The zero value is [FullJitter].
	Jitter Jitter
	// RetryOn says whether an error is worth another attempt. Nil: every error
	// is. Permanent, invalid and unhandled ones ([pitboss.ErrPermanent],
	// [pitboss.ErrInvalid], [pitboss.ErrNoHandler]) never are, and are not
	// asked about.
	RetryOn func(error) bool
}

// Forever, as [Backoff.Attempts], sets no limit to them.
const Forever = math.MaxInt

const (
	defaultFirst    = 100 * time.Millisecond
	defaultMax      = 30 * time.Second
	defaultFactor   = 2
	defaultAttempts = 5
)

// Jitter says how a wait is spread below its nominal length. The names are
// those of Marc Brooker's "Exponential Backoff And Jitter" (AWS, 2015).
type Jitter uint8

const (
	// FullJitter draws from zero to the nominal wait.
	FullJitter Jitter = iota
	// EqualJitter draws from half the nominal wait to all of it.
	EqualJitter
	// NoJitter always takes the nominal wait.
	NoJitter
)

// String returns full, equal or none.
func (j Jitter) String() string {
	switch j {
	case FullJitter:
		return "full"
	case EqualJitter:
		return "equal"
	case NoJitter:
		return "none"
	}
	return fmt.Sprintf("jitter(%d)", uint8(j))
}

// Delay returns the wait after failed attempt number attempt, from 1. random
// is a number from 0 up to, but not including, 1; the result depends on
// nothing else, so that a schedule can be tested and printed. It is never
// negative and never above Max, whatever the fields say.
func (b Backoff) Delay(attempt int, random float64) time.Duration {
	b = b.withDefaults()
	nominal := float64(b.First) * math.Pow(b.Factor, float64(max(attempt, 1)-1))
	// Also true for the infinity that a late attempt grows to.
	if nominal >= float64(b.Max) {
		nominal = float64(b.Max)
	}
	switch b.Jitter {
	case FullJitter:
		nominal *= random
	case EqualJitter:
		nominal = nominal/2 + nominal/2*random
	}
	switch {
	// A float cannot tell the longest durations apart: the bound is put back.
	case nominal >= float64(b.Max):
		return b.Max
	case nominal > 0:
		return time.Duration(nominal)
	}
	return 0 // also for what is not a number
}

// Validate reports every field that makes no sense, joined.
func (b Backoff) Validate() error {
	var faults pitboss.FieldErrors
	if b.First < 0 {
		faults.Add("retry.first", b.First, "zero (100ms) or more")
	}
	if b.Max < 0 || b.Max > 0 && b.Max < b.First {
		faults.Add("retry.max", b.Max, "zero (30s), or first or more")
	}
	if b.Factor != 0 && !(b.Factor >= 1 && b.Factor <= math.MaxFloat64) {
		faults.Add("retry.factor", b.Factor, "zero (2), or 1 or more")
	}
	if b.Attempts < 0 {
		faults.Add("retry.attempts", b.Attempts, "zero (5) or more")
	}
	if b.Jitter > NoJitter {
		faults.Add("retry.jitter", uint8(b.Jitter), "FullJitter, EqualJitter or NoJitter")
	}
	return faults.Err()
}

func (b Backoff) withDefaults() Backoff {
	if b.First <= 0 {
		b.First = defaultFirst
	}
	if b.Max <= 0 {
		b.Max = max(defaultMax, b.First)
	}
	if b.Factor == 0 {
		b.Factor = defaultFactor
	}
	if b.Attempts == 0 {
		b.Attempts = defaultAttempts
	}
	return b
}
