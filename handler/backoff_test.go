package handler_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

func TestBackoffDelay(t *testing.T) {
	const ms = time.Millisecond
	plain := handler.Backoff{First: 50 * ms, Max: 2 * time.Second, Jitter: handler.NoJitter}
	tests := []struct {
		name    string
		backoff handler.Backoff
		attempt int
		random  float64
		want    time.Duration
	}{
		{"first", plain, 1, 0.9, 50 * ms},
		{"second doubles", plain, 2, 0.9, 100 * ms},
		{"sixth", plain, 6, 0, 1600 * ms},
		{"seventh is capped", plain, 7, 0, 2 * time.Second},
		{"far beyond", plain, math.MaxInt, 0, 2 * time.Second},
		{"attempt zero counts as first", plain, 0, 0, 50 * ms},
		{"attempt below zero counts as first", plain, math.MinInt, 0, 50 * ms},
		{"factor three", handler.Backoff{First: ms, Factor: 3, Jitter: handler.NoJitter}, 4, 0, 27 * ms},
		{"factor one", handler.Backoff{First: ms, Factor: 1, Jitter: handler.NoJitter}, 1000, 0, ms},
		{"full jitter, lowest", handler.Backoff{First: 80 * ms}, 1, 0, 0},
		{"full jitter, half", handler.Backoff{First: 80 * ms}, 1, 0.5, 40 * ms},
		{"equal jitter, lowest", handler.Backoff{First: 80 * ms, Jitter: handler.EqualJitter}, 1, 0, 40 * ms},
		{"equal jitter, half", handler.Backoff{First: 80 * ms, Jitter: handler.EqualJitter}, 1, 0.5, 60 * ms},
		{"zero value", handler.Backoff{Jitter: handler.NoJitter}, 3, 0, 400 * ms},
		{"zero value is capped", handler.Backoff{Jitter: handler.NoJitter}, 100, 0, 30 * time.Second},
		{"first above the default cap", handler.Backoff{First: time.Hour, Jitter: handler.NoJitter}, 2, 0, time.Hour},
		{"longest there is", handler.Backoff{First: math.MaxInt64, Factor: 1e300, Jitter: handler.NoJitter}, math.MaxInt, 0, math.MaxInt64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.backoff.Delay(tt.attempt, tt.random); got != tt.want {
				t.Errorf("Delay(%d, %v) = %v, want %v", tt.attempt, tt.random, got, tt.want)
			}
		})
	}
}

// Every schedule that validates stays in bounds, grows, and does not overflow.
func TestBackoffDelayBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Duration(rapid.Int64Range(0, math.MaxInt64).Draw(t, "first"))
		b := handler.Backoff{
			First:  first,
			Max:    time.Duration(rapid.Int64Range(int64(first), math.MaxInt64).Draw(t, "max")),
			Factor: rapid.Float64Range(1, math.MaxFloat64).Draw(t, "factor"),
			Jitter: handler.Jitter(rapid.IntRange(0, 2).Draw(t, "jitter")),
		}
		if err := b.Validate(); err != nil {
			t.Fatal(err)
		}
		ceiling := b
		ceiling.Jitter = handler.NoJitter
		attempt := rapid.IntRange(1, math.MaxInt-1).Draw(t, "attempt")
		random := rapid.Float64Range(0, 0x1.fffffffffffffp-1).Draw(t, "random")

		most := ceiling.Delay(attempt, 0)
		least := time.Duration(0)
		if b.Jitter == handler.EqualJitter {
			least = most / 2
		}
		if b.Jitter == handler.NoJitter {
			least = most
		}
		got := b.Delay(attempt, random)
		// Floats may round the half of a very long wait by a little.
		if slack := most >> 50; got < least-slack || got > most {
			t.Fatalf("%v outside %v to %v", got, least, most)
		}
		if b.Max > 0 && most > b.Max {
			t.Fatalf("%v above the cap %v", most, b.Max)
		}
		if next := ceiling.Delay(attempt+1, 0); next < most {
			t.Fatalf("the wait shrinks from %v to %v", most, next)
		}
	})
}

// A policy chosen by message is not validated; its waits stay within bounds.
func TestBackoffDelayOfNonsense(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, b := range []handler.Backoff{
		{Factor: nan}, {Factor: -2}, {Factor: math.Inf(1)}, {Factor: math.Inf(-1)}, {First: -1}, {Max: -1},
		{First: math.MaxInt64, Max: math.MaxInt64, Factor: nan}, {Jitter: 77, Attempts: -1},
	} {
		for _, jitter := range []handler.Jitter{b.Jitter, handler.EqualJitter, handler.NoJitter} {
			b.Jitter = jitter
			for _, attempt := range []int{math.MinInt, -1, 0, 1, 2, 3, math.MaxInt} {
				for _, random := range []float64{nan, -1, 0, 0.5, 1, math.Inf(1)} {
					if d := b.Delay(attempt, random); d < 0 || b.Max > 0 && d > b.Max || b.Max <= 0 && d > 30*time.Second {
						t.Errorf("%+v: delay %v of attempt %d, random %v", b, d, attempt, random)
					}
				}
			}
		}
	}
}

func TestBackoffValidate(t *testing.T) {
	good := []handler.Backoff{{}, {Attempts: 1}, {Attempts: handler.Forever}, {First: time.Hour}, {Factor: 1}}
	for _, b := range good {
		if err := b.Validate(); err != nil {
			t.Errorf("%+v: %v", b, err)
		}
	}
	bad := map[string]handler.Backoff{
		"retry.first":    {First: -1},
		"retry.max":      {First: 2, Max: 1},
		"retry.factor":   {Factor: 0.5},
		"retry.attempts": {Attempts: -1},
		"retry.jitter":   {Jitter: 9},
	}
	for field, b := range bad {
		var fault *pitboss.FieldError
		if err := b.Validate(); !errors.As(err, &fault) || fault.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	for _, factor := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -2} {
		if err := (handler.Backoff{Factor: factor}).Validate(); !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("factor %v: got %v", factor, err)
		}
	}
	all := handler.Backoff{First: -1, Max: -1, Factor: -1, Attempts: -1, Jitter: 9}.Validate()
	if n := len(all.(interface{ Unwrap() []error }).Unwrap()); n != 5 {
		t.Errorf("%d faults told of 5: %v", n, all)
	}
}

// A schedule is a pure function: it can be printed before it is used.
func ExampleBackoff_Delay() {
	b := handler.Backoff{First: 50 * time.Millisecond, Max: 2 * time.Second, Attempts: 8, Jitter: handler.NoJitter}
	for attempt := 1; attempt < b.Attempts; attempt++ {
		fmt.Print(b.Delay(attempt, 0), " ")
	}
	// Output: 50ms 100ms 200ms 400ms 800ms 1.6s 2s
}
