package natsqueue_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/queuetest"
)

func TestConformance(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	conforms(t, s)
}

// conforms runs the suite on queues of s, with and without priorities at a time:
// most of it is waiting.
func conforms(t *testing.T, s *natsqueue.Store) {
	for name, lacks := range map[string]queuetest.Feature{"priority": 0, "fifo": queuetest.Priority} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformsWithout(t, s, name, lacks)
		})
	}
}

func conformsWithout(t *testing.T, s *natsqueue.Store, name string, lacks queuetest.Feature) {
	var made atomic.Int64
	queuetest.Run(t, queuetest.Backend{
		Lacks: lacks,
		Tick:  100 * time.Millisecond, // a busy machine may hold everything up for a good part of that
		New: func(t *testing.T, o queuetest.Options) pitboss.Queue[string] {
			c := natsqueue.QueueConfig[string]{FIFO: lacks&queuetest.Priority != 0}
			c.Name = name + strconv.FormatInt(made.Add(1), 10)
			c.Capacity, c.Visibility, c.DedupeWindow, c.OrderByKey = o.Capacity, o.Visibility, o.DedupeWindow, o.OrderByKey
			if o.Capacity > 0 {
				c.Overflow = map[queuetest.Overflow]queue.Overflow{
					queuetest.Reject: queue.Reject, queuetest.DropOldest: queue.DropOldest, queuetest.Block: queue.Block,
				}[o.Overflow]
			}
			if o.Dropped != nil {
				c.Dropped = func(d queue.Drop[string]) { o.Dropped(d.Payload, d.Reason) }
			}
			q, err := natsqueue.OpenQueue(t.Context(), s, c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				gone, cancel := context.WithCancel(context.Background())
				cancel()
				_ = q.Close(gone) // what a test leaves behind is its own business
			})
			return q
		},
	})
}
