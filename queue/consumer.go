package queue

import (
	"context"

	"github.com/pitboss-dev/pitboss"
)

// Consumer is one consumer's own access to a queue. Closing it hands back what
// it holds, so that nothing is lost with a consumer that stops half-way. All
// methods are safe for concurrent use.
type Consumer[T any] struct {
	queue  *Memory[T]
	owner  uint32
	closed bool // guarded by the queue's lock
	stop   chan struct{}
}

// ownerless is the owner of deliveries that belong to no [Consumer].
const ownerless uint32 = 0

// Consumer returns a new consumer of q. Close it when it is no longer used.
func (q *Memory[T]) Consumer() *Consumer[T] {
	q.lock()
	defer q.unlock()
	q.consumers++
	return &Consumer[T]{queue: q, owner: q.consumers, stop: make(chan struct{})}
}

// Dequeue is [Memory.Dequeue]; it fails with [pitboss.ErrClosed] also once the
// consumer is closed.
func (c *Consumer[T]) Dequeue(ctx context.Context) (d pitboss.Delivery[T], err error) {
	err = c.queue.dequeue(ctx, &d, c)
	return d, err
}

// DequeueBatch is [Memory.DequeueBatch]; it fails with [pitboss.ErrClosed] also
// once the consumer is closed.
func (c *Consumer[T]) DequeueBatch(ctx context.Context, into []pitboss.Delivery[T]) (int, error) {
	return c.queue.dequeueBatch(ctx, into, c)
}

// Close ends the consumer's waits and hands back, at once, the deliveries it
// has not ended; ending one of them later fails with [pitboss.ErrEnded]. It
// returns how many were handed back. Closing twice is harmless.
func (c *Consumer[T]) Close() int {
	q := c.queue
	q.lock()
	defer q.unlock()
	if c.closed {
		return 0
	}
	c.closed = true
	close(c.stop)
	n, now := 0, q.clock.now()
	for i := q.flights.head; i != none; {
		e := q.slab.at(i)
		next := e.turn.next
		if e.owner == c.owner {
			if q.recall(i, e, now) {
				n++
			}
		}
		i = next
	}
	return n
}
