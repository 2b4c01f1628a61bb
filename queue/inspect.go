package queue

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Stats returns a consistent snapshot. Ready counts by priority, also in a FIFO
// queue. Oldest counts from when the message was first due, so a delay is not
// waiting; it is that of the first in line, so where messages were handed back
// one behind them may be older. Where deadlines order the queue it is looked for,
// in time in proportion to what is queued: half a millisecond for 100,000.
func (q *Memory[T]) Stats() pitboss.Stats {
	q.lock()
	defer q.unlock()
	c := &q.counters
	s := pitboss.Stats{
		Ready:      q.order.ready,
		InFlight:   q.inFlight,
		Delayed:    q.delayed,
		Enqueued:   q.sequence,
		Delivered:  c.delivered,
		Acked:      c.acked,
		Nacked:     c.nacked,
		Terminated: c.terminated,
		Expired:    c.expired,
		Dropped:    c.dropped,
		Rejected:   c.rejected,
		Duplicates: c.duplicates,
	}
	if q.capacity != math.MaxInt {
		s.Capacity = q.capacity
	}
	if since, ok := q.order.waitingSince(); ok {
		s.Oldest = time.Duration(max(q.clock.now()-since, 0))
	}
	return s
}

// OrderByKey makes the queue keep order by key from now on, for what is queued
// already, too. Messages of one key are delivered one at a time, in order of
// arrival: while one is in flight or waits for its retry the others wait,
// unless its retry says [pitboss.Retry.Pass]. A message's own delay holds back
// nothing but itself.
//
// Keys take turns, and each gets one message a turn, so a key that floods the
// queue starves none. A key ranks as the most urgent message that it has
// waiting. A message of no key is ordered against nothing and takes its turn
// like a key of its own.
//
// Switching on costs time in proportion to what is queued, once.
func (q *Memory[T]) OrderByKey() {
	q.lock()
	defer q.unlock()
	if !q.order.keyed {
		q.order.orderByKey(func(i uint32) string {
			return q.key(i, q.slab.at(i))
		})
		q.distinguish()
		// Lanes tell no longer when what is ready expires.
		q.slab.each(func(i uint32, e *entry) {
			if e.state == stateReady && e.is(flagExpires) && e.placed[placeTimer] == nowhere {
				q.time(i, e, e.expires)
			}
		})
		q.expect(0) // acknowledgements matter to waiting consumers from now on
	}
}

// Clear discards all that is ready or delayed, reports it as
// [pitboss.ReasonManual], and returns how many there were.
func (q *Memory[T]) Clear() int {
	q.lock()
	defer q.unlock()
	left := q.left()
	for _, i := range left {
		e := q.slab.at(i)
		if e.state == stateDelayed {
			q.delayed--
			q.order.letGo(e)
		} else {
			q.order.remove(i, e)
		}
		q.untime(i, e)
		q.drop(i, e, pitboss.ReasonManual)
	}
	return len(left)
}

// Remaining ranges over what is ready or delayed, in order of arrival, as it
// was when the loop began. The deliveries are for looking only: they cannot be
// ended. It serves to see, or save, what a [Memory.Close] left behind.
func (q *Memory[T]) Remaining() iter.Seq[pitboss.Delivery[T]] {
	return func(yield func(pitboss.Delivery[T]) bool) {
		q.lock()
		left := q.left()
		copies := make([]pitboss.Delivery[T], len(left))
		for n, i := range left {
			e := q.slab.at(i)
			copies[n] = pitboss.Delivery[T]{
				Message:    q.message(i, e),
				Sequence:   e.sequence,
				Attempt:    int(e.attempt),
				EnqueuedAt: q.clock.time(e.at),
				History:    e.past(),
			}
		}
		q.unlock()
		for _, d := range copies {
			if !yield(d) {
				return
			}
		}
	}
}

// left returns what is ready or delayed, in order of arrival.
func (q *Memory[T]) left() []uint32 {
	var all []uint32
	q.slab.each(func(i uint32, e *entry) {
		if e.state != stateInFlight {
			all = append(all, i)
		}
	})
	slices.SortFunc(all, func(a, b uint32) int {
		return cmp.Compare(q.slab.at(a).sequence, q.slab.at(b).sequence)
	})
	return all
}
