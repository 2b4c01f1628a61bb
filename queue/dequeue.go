package queue

import (
	"context"
	"iter"

	"github.com/pitboss-dev/pitboss"
)

// Dequeue waits for the next message. It fails with the context's error, which
// goes before a message that is ready, and with one matching
// [pitboss.ErrClosed] once the queue is closed.
func (q *Memory[T]) Dequeue(ctx context.Context) (d pitboss.Delivery[T], err error) {
	err = q.dequeue(ctx, &d, nil)
	return d, err
}

// DequeueBatch waits for one message and takes as many more as are ready, up to
// len(into). It returns how many it took; into beyond them is untouched.
func (q *Memory[T]) DequeueBatch(ctx context.Context, into []pitboss.Delivery[T]) (int, error) {
	return q.dequeueBatch(ctx, into, nil)
}

// All ranges over the deliveries until the queue is closed and drained, which
// ends the loop silently, or until ctx ends, which yields its error last. Each
// delivery must be ended by the loop's body.
func (q *Memory[T]) All(ctx context.Context) iter.Seq2[pitboss.Delivery[T], error] {
	return func(yield func(pitboss.Delivery[T], error) bool) {
		for {
			d, err := q.Dequeue(ctx)
			if err == q.closed {
				return
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

func (q *Memory[T]) dequeue(ctx context.Context, d *pitboss.Delivery[T], c *Consumer[T]) error {
	i, err := q.first(ctx, c)
	if err == nil {
		q.deliver(i, d, c)
	}
	q.unlock()
	return err
}

func (q *Memory[T]) dequeueBatch(ctx context.Context, into []pitboss.Delivery[T], c *Consumer[T]) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	n := 0
	i, err := q.first(ctx, c)
	for err == nil && i != none {
		q.deliver(i, &into[n], c)
		if n++; n == len(into) {
			break
		}
		i = q.next()
	}
	q.unlock()
	return n, err
}

// first takes the lock and returns the first entry that can be delivered,
// waiting for one if need be. The lock is held on return.
func (q *Memory[T]) first(ctx context.Context, c *Consumer[T]) (uint32, error) {
	err := ctx.Err()
	q.lock()
	if err != nil {
		return none, err
	}
	if c != nil && c.closed {
		return none, q.closed
	}
	if i := q.next(); i != none {
		return i, nil
	}
	return q.await(ctx, c)
}

// await is the part of first that waits.
func (q *Memory[T]) await(ctx context.Context, c *Consumer[T]) (uint32, error) {
	w := &waiter[T]{signal: make(chan struct{}, 1)}
	var stop <-chan struct{}
	if c != nil {
		stop = c.stop
	}
	for {
		if q.phase == phaseClosed || c != nil && c.closed {
			return none, q.closed
		}
		// The waiter may be used again only if its signal was received: that
		// is not so when the context or the consumer ended at the same time,
		// but then it is not used again.
		if q.park(ctx, &q.readers, w, stop) {
			w.woken, q.waking = false, false
		}
		if err := ctx.Err(); err != nil {
			return none, err
		}
		if c != nil && c.closed {
			return none, q.closed
		}
		if i := q.next(); i != none {
			return i, nil
		}
	}
}

// next returns the entry to deliver now, or none. Those that turn out to have
// expired go on the way.
func (q *Memory[T]) next() uint32 {
	if q.order.occupied == 0 || q.phase == phaseClosed {
		return none
	}
	now := int64(0)
	if q.order.ageing > 0 {
		now = q.now()
	}
	for {
		i := q.order.next(now)
		if i == none {
			return none
		}
		e := q.slab.at(i)
		if e.expires == never {
			return i
		}
		if now == 0 {
			now = q.now()
		}
		if now < e.expires {
			return i
		}
		q.expire(i, e)
	}
}

// deliver fills d with entry i and marks it in flight.
func (q *Memory[T]) deliver(i uint32, d *pitboss.Delivery[T], c *Consumer[T]) {
	e := q.slab.at(i)
	q.order.take(i, e)
	q.untime(i, e)
	if q.generation++; q.generation == 0 {
		q.generation = 1
	}
	e.generation = q.generation
	e.attempt++
	e.owner = ownerless
	if c != nil {
		e.owner = c.owner
	}
	e.state, e.holds, e.passed = stateInFlight, true, false
	q.flights.pushBack(&q.slab, linkTurn, i)
	q.inFlight++
	q.counters.delivered++
	if q.visibility > 0 {
		e.due = q.now() + q.visibility
		q.arm(e.due)
	}
	d.Message = *q.message(i)
	d.Sequence = e.sequence
	d.Attempt = int(e.attempt)
	d.EnqueuedAt = q.instant(e.at)
	d.History = e.history
	d.Bind(q.self, uint64(e.generation)<<32|uint64(i))
}
