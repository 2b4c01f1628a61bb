package queue_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// What comes in comes out, or is told of as dropped or rejected: each message
// exactly once, with eight producers at a time, in 100 random runs.
func TestOverflowIsExact(t *testing.T) {
	for _, overflow := range []queue.Overflow{queue.Reject, queue.DropOldest, queue.Block} {
		t.Run(overflow.String(), func(t *testing.T) {
			var sum overflowRun
			for run := range uint64(100) {
				r := runOverflow(t, overflow, rand.New(rand.NewPCG(run, 1)))
				sum.handled += r.handled
				sum.dropped += r.dropped
				sum.rejected += r.rejected
				if t.Failed() {
					t.Fatalf("in run %d", run)
				}
			}
			t.Logf("%d handled, %d dropped, %d rejected", sum.handled, sum.dropped, sum.rejected)
		})
	}
}

type overflowRun struct{ handled, dropped, rejected int }

func runOverflow(t *testing.T, overflow queue.Overflow, random *rand.Rand) overflowRun {
	t.Helper()
	const producers = 8
	each := 1 + random.IntN(150)
	consumers := 1 + random.IntN(4)
	failing := random.IntN(8) // of 16 deliveries are handed back
	keyed := random.IntN(2) == 0
	handled := make([]atomic.Int32, producers*each)
	dropped := make([]atomic.Int32, producers*each)
	rejected := make([]atomic.Int32, producers*each)
	q, err := queue.NewPriority(queue.Config[int]{
		Capacity: 1 + random.IntN(64), Overflow: overflow, OrderByKey: keyed,
		Dropped: func(d queue.Drop[int]) { dropped[d.Payload].Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	var producing, consuming sync.WaitGroup
	for range consumers {
		own := rand.New(rand.NewPCG(random.Uint64(), 2))
		consuming.Go(func() {
			for d, err := range q.All(t.Context()) {
				if err != nil {
					t.Error(err)
					return
				}
				if own.IntN(16) < failing {
					err = d.Nak(0)
				} else {
					handled[d.Payload].Add(1)
					err = d.Ack()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for p := range producers {
		own := rand.New(rand.NewPCG(random.Uint64(), 3))
		producing.Go(func() {
			for n := p * each; n < (p+1)*each; n++ {
				_, err := q.Enqueue(t.Context(), pitboss.Message[int]{
					Payload: n, Key: string(rune('a' + own.IntN(5))), Priority: pitboss.PriorityAt(own.IntN(pitboss.Priorities)),
				})
				if errors.Is(err, pitboss.ErrFull) {
					rejected[n].Add(1)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
	producing.Wait()
	if err := q.Close(t.Context()); err != nil {
		t.Error(err)
	}
	consuming.Wait()
	var r overflowRun
	for n := range handled {
		h, d, x := int(handled[n].Load()), int(dropped[n].Load()), int(rejected[n].Load())
		if h+d+x != 1 {
			t.Errorf("message %d: handled %d times, dropped %d, rejected %d", n, h, d, x)
		}
		r.handled, r.dropped, r.rejected = r.handled+h, r.dropped+d, r.rejected+x
	}
	s := q.Stats()
	if int(s.Enqueued) != r.handled+r.dropped || int(s.Acked) != r.handled ||
		int(s.Dropped) != r.dropped || int(s.Rejected) != r.rejected {
		t.Errorf("%+v, but stats say %+v", r, s)
	}
	return r
}
