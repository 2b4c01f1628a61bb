package handler_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// A key that floods the queue makes another key wait for its turn, not for the
// flood.
func TestFloodingKeyStarvesNobody(t *testing.T) {
	const flood, quiet = 100_000, 200
	for _, tt := range []struct{ workers, prefetch, limit int }{
		{1, 1, 1}, // between two turns of one key another key has one
		{1, 8, 8},
		// A worker may lose its processor in mid-turn, so that one wait says
		// nothing; most of them do.
		{4, 1, flood / 1000},
	} {
		t.Run(fmt.Sprintf("%d workers, prefetch %d", tt.workers, tt.prefetch), func(t *testing.T) {
			q := newQueue(t, queue.Config[string]{OrderByKey: true})
			for range flood {
				enqueue(t, q, pitboss.Message[string]{Key: "flood"})
			}
			var mu sync.Mutex
			floods, since := 0, 0
			var waits []int
			done := make(chan struct{})
			next := func() {
				since = floods
				if _, err := q.Enqueue(context.Background(), pitboss.Message[string]{Key: "quiet"}); err != nil {
					t.Error(err)
				}
			}
			next()
			stop := running(t, handler.Consumer[string]{
				Queue: q, Order: handler.ByKey, Concurrency: tt.workers, Prefetch: tt.prefetch,
				Handler: func(_ context.Context, d *pitboss.Delivery[string]) error {
					mu.Lock()
					defer mu.Unlock()
					if d.Key == "flood" {
						floods++
						return nil
					}
					waits = append(waits, floods-since)
					if len(waits) == quiet {
						close(done)
					} else if len(waits) < quiet {
						next()
					}
					return nil
				},
			}.Run)
			<-done
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			slices.Sort(waits)
			told := waits[len(waits)-1]
			if tt.workers > 1 {
				told = waits[len(waits)/2]
			}
			if told > tt.limit {
				t.Errorf("the quiet key waited for %d messages of the flood, want %d at most", told, tt.limit)
			}
			t.Logf("the quiet key waited for %d of %d messages", told, flood)
		})
	}
}
