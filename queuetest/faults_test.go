package queuetest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/queuetest"
)

// A suite that nothing fails proves nothing. Each of these queues breaks one
// promise, and the suite must find out, in the case that is about it.
var faulty = map[string]struct {
	found string // by this case
	queue func(config queue.Config[string]) (pitboss.Queue[string], error)
}{
	"loses some": {"delivery/each_once_among_many", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &loses{Memory: q}, err
	}},
	"keeps no order of arrival": {"order/arrival", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &shuffles{Memory: q}, err
	}},
	"knows no priorities": {"order/priority", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		c.Ageing, c.EarliestDeadlineFirst = 0, false
		return newFIFO(c)
	}},
	"knows no keys": {"keys/one_at_a_time", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		c.OrderByKey = false
		return newPriority(c)
	}},
	"knows no bounds": {"bounds/reject", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		c.Capacity, c.Overflow = 0, queue.Reject
		return newPriority(c)
	}},
	"rejects instead of dropping": {"bounds/drop_oldest", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		if c.Overflow == queue.DropOldest {
			c.Overflow = queue.Reject
		}
		return newPriority(c)
	}},
	"does not dedupe": {"delivery/dedupe", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		c.DedupeWindow = 0
		return newPriority(c)
	}},
	"never takes back": {"delivery/lease_ends", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		c.Visibility = 0
		return newPriority(c)
	}},
	"reports no drops": {"bounds/drop_oldest", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		c.Dropped = nil
		return newPriority(c)
	}},
	"is early": {"time/delay", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &changes{q, func(m *pitboss.Message[string]) { m.Delay /= 2 }}, err
	}},
	"delivers the expired": {"time/ttl", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &changes{q, func(m *pitboss.Message[string]) { m.TTL = 0 }}, err
	}},
	"delivers past the deadline": {"time/deadline", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &changes{q, func(m *pitboss.Message[string]) { m.Deadline = pitboss.Message[string]{}.Deadline }}, err
	}},
	"forgets headers": {"delivery/whole_message", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &changes{q, func(m *pitboss.Message[string]) { m.Headers = nil }}, err
	}},
	"ends twice": {"delivery/second_end", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &endsTwice{q}, err
	}},
	"looks at no context": {"cancel/before", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &deaf{q}, err
	}},
	"leaves and does not say": {"close/out_of_time", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &tacit{q}, err
	}},
	"miscounts": {"inspect/stats", func(c queue.Config[string]) (pitboss.Queue[string], error) {
		q, err := queue.NewPriority(c)
		return &miscounts{q}, err
	}},
}

func newFIFO(c queue.Config[string]) (pitboss.Queue[string], error)     { return queue.NewFIFO(c) }
func newPriority(c queue.Config[string]) (pitboss.Queue[string], error) { return queue.NewPriority(c) }

// chosen names, in the environment of a second process, the faulty queue to test.
const chosen = "PITBOSS_FAULTY_QUEUE"

func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, fault := range faulty {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := exec.CommandContext(t.Context(), program, "-test.run=^TestFaultyQueue$/^"+strings.ReplaceAll(fault.found, "/", "$/^")+"$")
			run.Env = append(os.Environ(), chosen+"="+name)
			out, err := run.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "FAIL: TestFaultyQueue/"+fault.found) {
				t.Errorf("not found: %v\n%s", err, out)
			}
		})
	}
}

// TestFaultyQueue is the suite on the queue that the environment names.
func TestFaultyQueue(t *testing.T) {
	fault, ok := faulty[os.Getenv(chosen)]
	if !ok {
		return // nothing to be found in this process
	}
	queuetest.Run(t, queuetest.Backend{
		FakeTime: true,
		New: func(t *testing.T, o queuetest.Options) pitboss.Queue[string] {
			q, err := fault.queue(config(o))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				gone, cancel := context.WithCancel(context.Background())
				cancel()
				_ = q.Close(gone)
			})
			return q
		},
	})
}

func config(o queuetest.Options) queue.Config[string] {
	c := queue.Config[string]{
		Capacity: o.Capacity, Visibility: o.Visibility, DedupeWindow: o.DedupeWindow, OrderByKey: o.OrderByKey,
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
