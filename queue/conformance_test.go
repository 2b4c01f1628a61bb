package queue_test

import (
	"context"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/queuetest"
)

func config(o queuetest.Options) queue.Config[string] {
	c := queue.Config[string]{
		Name:         "conformance",
		Capacity:     o.Capacity,
		Visibility:   o.Visibility,
		DedupeWindow: o.DedupeWindow,
		OrderByKey:   o.OrderByKey,
	}
	if o.Capacity > 0 {
		c.Overflow = map[queuetest.Overflow]queue.Overflow{
			queuetest.Reject: queue.Reject, queuetest.DropOldest: queue.DropOldest, queuetest.Block: queue.Block,
		}[o.Overflow]
	}
	if o.Dropped != nil {
		c.Dropped = func(d queue.Drop[string]) { o.Dropped(d.Payload, d.Reason) }
	}
	return c
}

// made closes q when the test is over, so that nothing of it is left running.
func made(t *testing.T, q *queue.Memory[string], err error) *queue.Memory[string] {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_ = q.Close(gone) // what a test leaves behind is its own business
	})
	return q
}

func TestConformanceFIFO(t *testing.T) {
	queuetest.Run(t, queuetest.Backend{
		FakeTime: true,
		Lacks:    queuetest.Priority,
		New: func(t *testing.T, o queuetest.Options) pitboss.Queue[string] {
			q, err := queue.NewFIFO(config(o))
			return made(t, q, err)
		},
	})
}

func TestConformancePriority(t *testing.T) {
	queuetest.Run(t, queuetest.Backend{
		FakeTime: true,
		New: func(t *testing.T, o queuetest.Options) pitboss.Queue[string] {
			q, err := queue.NewPriority(config(o))
			return made(t, q, err)
		},
	})
}

// A bound that is never reached changes nothing.
func TestConformanceBounded(t *testing.T) {
	queuetest.Run(t, queuetest.Backend{
		FakeTime: true,
		New: func(t *testing.T, o queuetest.Options) pitboss.Queue[string] {
			c := config(o)
			if c.Capacity == 0 {
				c.Capacity, c.Overflow = 100_000, queue.Block
			}
			q, err := queue.NewPriority(c)
			return made(t, q, err)
		},
	})
}

// Ageing and deadlines in order make no difference where none matters.
func TestConformanceAgeing(t *testing.T) {
	queuetest.Run(t, queuetest.Backend{
		FakeTime: true,
		New: func(t *testing.T, o queuetest.Options) pitboss.Queue[string] {
			c := config(o)
			c.Ageing = 1 << 40
			c.EarliestDeadlineFirst = true
			q, err := queue.NewPriority(c)
			return made(t, q, err)
		},
	})
}

// The suite in real time, as another backend runs it, on a queue that lacks
// what can be taken away by wrapping it.
func TestConformanceRealTime(t *testing.T) {
	if testing.Short() {
		return
	}
	queuetest.Run(t, queuetest.Backend{
		Lacks: queuetest.Priority | queuetest.Batches | queuetest.KeyedOrder | queuetest.Inspection |
			queuetest.Dedupe | queuetest.Bounds | queuetest.Visibility | queuetest.Reports,
		New: func(t *testing.T, _ queuetest.Options) pitboss.Queue[string] {
			q, err := queue.NewFIFO(queue.Config[string]{})
			return plain{made(t, q, err)}
		},
	})
}

// plain hides all but pitboss.Queue.
type plain struct{ pitboss.Queue[string] }
