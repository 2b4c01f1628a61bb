package handler_test

import (
	"context"
	"fmt"
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
		{4, 1, flood / 100}, // here a worker may lose its processor in mid-turn
	} {
		t.Run(fmt.Sprintf("%d workers, prefetch %d", tt.workers, tt.prefetch), func(t *testing.T) {
			q := newQueue(t, queue.Config[string]{OrderByKey: true})
			for range flood {
				enqueue(t, q, pitboss.Message[string]{Key: "flood"})
			}
			var mu sync.Mutex
			floods, answered, longest, since := 0, 0, 0, 0
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
					longest = max(longest, floods-since)
					if answered++; answered == quiet {
						close(done)
					} else if answered < quiet {
						next()
					}
					return nil
				},
			}.Run)
			<-done
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if longest > tt.limit {
				t.Errorf("the quiet key waited for %d messages of the flood", longest)
			}
			t.Logf("the quiet key waited for at most %d of %d messages", longest, flood)
		})
	}
}
