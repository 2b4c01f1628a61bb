package handler_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// A flood of 100,000 messages leaves another key's wait, from being queued to
// being handled, within twice what it is without the flood: there is one message
// of the flood in front of it at most, and none where there is a second worker.
func TestFloodLeavesOthersTheirLatency(t *testing.T) {
	flood := 100_000
	if testing.Short() {
		flood = 10_000
	}
	for _, workers := range []int{1, 2, 8} {
		t.Run(fmt.Sprint(workers, " workers"), func(t *testing.T) {
			unloaded, flooded := p99Wait(t, workers, 0), p99Wait(t, workers, flood)
			t.Logf("p99 wait %v, with a flood of %d messages %v", unloaded, flood, flooded)
			if flooded > 2*unloaded {
				t.Errorf("p99 wait %v, with the flood %v", unloaded, flooded)
			}
		})
	}
}

// p99Wait is the wait of a key that sends a message now and then. Every message
// takes a millisecond to handle, in the bubble's time.
func p99Wait(t *testing.T, workers, flood int) time.Duration {
	t.Helper()
	const took, quiet = time.Millisecond, 1000
	var waits []time.Duration
	synctest.Test(t, func(t *testing.T) {
		q, err := queue.NewFIFO(queue.Config[time.Time]{OrderByKey: true})
		if err != nil {
			t.Fatal(err)
		}
		for range flood {
			if _, err := q.Enqueue(t.Context(), pitboss.Message[time.Time]{Key: "flood"}); err != nil {
				t.Fatal(err)
			}
		}
		stop := running(t, handler.Consumer[time.Time]{
			Queue: q, Order: handler.ByKey, Concurrency: workers,
			Handler: func(_ context.Context, d *pitboss.Delivery[time.Time]) error {
				time.Sleep(took)
				if d.Key == "quiet" {
					waits = append(waits, time.Since(d.Payload))
				}
				return nil
			},
		}.Run)
		random := rand.New(rand.NewPCG(1, 2))
		for range quiet {
			time.Sleep(2*took + time.Duration(random.Int64N(int64(5*took))))
			m := pitboss.Message[time.Time]{Key: "quiet", Payload: time.Now()}
			if _, err := q.Enqueue(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * took)
		q.Clear()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
	if len(waits) != quiet {
		t.Fatalf("%d of %d handled", len(waits), quiet)
	}
	slices.Sort(waits)
	return waits[quiet*99/100]
}
