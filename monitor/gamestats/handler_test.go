package gamestats_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
)

// The wait leaves out the message's own delay and later deliveries; every
// handling counts, a panic as an error.
func TestHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stats := gamestats.New(gamestats.Config{})
		var fails func() error
		h := gamestats.Handler[int](stats, "moves")(func(context.Context, *pitboss.Delivery[int]) error {
			<-time.After(time.Second)
			return fails()
		})
		begin := time.Now()
		<-time.After(3 * time.Second)
		for attempt, f := range []func() error{
			func() error { return nil },
			func() error { return errors.New("not now") },
			func() error { panic("bug") },
		} {
			fails = f
			d := pitboss.Delivery[int]{Attempt: attempt + 1, EnqueuedAt: begin}
			d.Delay = 2 * time.Second
			func() {
				defer func() { _ = recover() }()
				_ = h(t.Context(), &d)
			}()
		}
		const want = `
# HELP pitboss_handler_duration_seconds How long handling took.
# TYPE pitboss_handler_duration_seconds histogram
pitboss_handler_duration_seconds_sum{queue="moves",result="error"} 2
pitboss_handler_duration_seconds_count{queue="moves",result="error"} 2
pitboss_handler_duration_seconds_sum{queue="moves",result="ok"} 1
pitboss_handler_duration_seconds_count{queue="moves",result="ok"} 1
# HELP pitboss_queue_wait_seconds From when a message was due until it was delivered.
# TYPE pitboss_queue_wait_seconds histogram
pitboss_queue_wait_seconds_sum{queue="moves"} 1
pitboss_queue_wait_seconds_count{queue="moves"} 1
`
		text, err := testutil.CollectAndFormat(stats, expfmt.TypeTextPlain, "pitboss_handler_duration_seconds", "pitboss_queue_wait_seconds")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
			if !strings.Contains(string(text), line+"\n") {
				t.Errorf("no line %q in\n%s", line, text)
			}
		}
	})
}

// Two consumers of one queue, each with a middleware of its own, count together
// and not over each other.
func TestHandlersOfOneQueue(t *testing.T) {
	t.Parallel()
	const each = 1000
	stats := gamestats.New(gamestats.Config{})
	var consumers sync.WaitGroup
	for range 2 {
		h := gamestats.Handler[int](stats, "moves")(func(context.Context, *pitboss.Delivery[int]) error { return nil })
		consumers.Go(func() {
			for range each {
				_ = h(t.Context(), &pitboss.Delivery[int]{Attempt: 1, EnqueuedAt: time.Now()})
			}
		})
	}
	consumers.Wait()
	text, err := testutil.CollectAndFormat(stats, expfmt.TypeTextPlain, "pitboss_handler_duration_seconds")
	if err != nil {
		t.Fatal(err)
	}
	if want := `pitboss_handler_duration_seconds_count{queue="moves",result="ok"} 2000`; !strings.Contains(string(text), want) {
		t.Errorf("no line %q in\n%s", want, text)
	}
}
