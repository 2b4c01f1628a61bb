package handler_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

// stalls waits until its context ends.
func stalls(ctx context.Context, _ *pitboss.Delivery[string]) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestTimeoutIsExact(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name     string
		limit    time.Duration
		deadline time.Duration // of the message, from now; zero: none
		want     time.Duration
	}{
		{"5ms are 5ms", 5 * ms, 0, 5 * ms},
		{"1ms", ms, 0, ms},
		{"half a millisecond", ms / 2, 0, ms / 2},
		{"the message's deadline comes first", time.Second, 7 * ms, 7 * ms},
		{"the limit comes first", 7 * ms, time.Second, 7 * ms},
		{"the message's deadline alone", 0, 3 * ms, 3 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var d pitboss.Delivery[string]
				if tt.deadline > 0 {
					d.Deadline = start.Add(tt.deadline)
				}
				err := handler.Timeout[string](tt.limit)(stalls)(t.Context(), &d)
				if took := time.Since(start); took != tt.want {
					t.Errorf("ended after %v, want %v", took, tt.want)
				}
				var timeout *handler.TimeoutError
				if !errors.As(err, &timeout) || timeout.After != tt.want {
					t.Errorf("got %v, want a timeout after %v", err, tt.want)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v does not match context.DeadlineExceeded", err)
				}
			})
		})
	}
}

func TestTimeoutLetsResultsPass(t *testing.T) {
	broken := errors.New("broken")
	for _, want := range []error{nil, broken} {
		h := func(context.Context, *pitboss.Delivery[string]) error { return want }
		if err := handler.Timeout[string](time.Hour)(h)(t.Context(), &pitboss.Delivery[string]{}); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		late := func(context.Context, *pitboss.Delivery[string]) error {
			time.Sleep(time.Second) // ignores its context, and succeeds
			return nil
		}
		if err := handler.Timeout[string](time.Millisecond)(late)(t.Context(), &pitboss.Delivery[string]{}); err != nil {
			t.Errorf("work that is done counts, got %v", err)
		}
	})
}

func TestTimeoutTellsCancelFromTimeout(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := func(ctx context.Context, _ *pitboss.Delivery[string]) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	if err := handler.Timeout[string](time.Hour)(h)(ctx, &pitboss.Delivery[string]{}); err != context.Canceled {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

type mark struct{}

// The context that handlers get behaves as context.WithDeadline's does.
func TestTimeoutContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent := context.WithValue(t.Context(), mark{}, "kept")
		start := time.Now()
		var kept context.Context
		h := func(ctx context.Context, _ *pitboss.Delivery[string]) error {
			kept = ctx
			if end, ok := ctx.Deadline(); !ok || !end.Equal(start.Add(time.Second)) {
				t.Errorf("deadline %v %v", end, ok)
			}
			if ctx.Value(mark{}) != "kept" {
				t.Error("a value of the parent is lost")
			}
			if ctx.Err() != nil {
				t.Errorf("ended at once: %v", ctx.Err())
			}
			child, stop := context.WithCancel(ctx)
			defer stop()
			shorter, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			<-shorter.Done()
			if ctx.Err() != nil || child.Err() != nil {
				t.Error("a shorter child ended its parent")
			}
			<-child.Done()
			if since := time.Since(start); since != time.Second {
				t.Errorf("child ended after %v", since)
			}
			if err := context.Cause(child); err != context.DeadlineExceeded {
				t.Errorf("cause %v", err)
			}
			return nil
		}
		if err := handler.Timeout[string](time.Second)(h)(parent, &pitboss.Delivery[string]{}); err != nil {
			t.Fatal(err)
		}
		if kept.Err() != context.DeadlineExceeded || kept.Value(mark{}) != "kept" {
			t.Errorf("afterwards: %v %v", kept.Err(), kept.Value(mark{}))
		}
	})
}

func TestTimeoutContextWithoutDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithTimeout(t.Context(), time.Hour)
		var kept context.Context
		h := func(ctx context.Context, _ *pitboss.Delivery[string]) error {
			kept = ctx
			time.Sleep(2 * time.Millisecond)
			if ctx.Err() != context.DeadlineExceeded {
				t.Errorf("past its end: %v", ctx.Err())
			}
			<-ctx.Done() // must be closed at once
			return nil
		}
		handler.Timeout[string](time.Millisecond)(h)(parent, &pitboss.Delivery[string]{})

		quick := func(ctx context.Context, _ *pitboss.Delivery[string]) error {
			kept = ctx
			return nil
		}
		handler.Timeout[string](2*time.Hour)(quick)(parent, &pitboss.Delivery[string]{})
		if end, _ := kept.Deadline(); !end.Equal(endOf(parent)) {
			t.Errorf("deadline %v, want the parent's, which is earlier", end)
		}
		if kept.Err() != context.Canceled {
			t.Errorf("after the handler returned: %v", kept.Err())
		}
		<-kept.Done()
		cancel()
		handler.Timeout[string](time.Hour)(quick)(parent, &pitboss.Delivery[string]{})
		if kept.Err() != context.Canceled {
			t.Errorf("parent ended: %v", kept.Err())
		}
	})
}

func endOf(ctx context.Context) time.Time {
	end, _ := ctx.Deadline()
	return end
}

func ExampleTimeout() {
	think := func(ctx context.Context, d *pitboss.Delivery[string]) error {
		<-ctx.Done() // thinks for ever
		return ctx.Err()
	}
	err := handler.Chain(think, handler.Timeout[string](5*time.Millisecond))(context.Background(), &pitboss.Delivery[string]{})
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}
