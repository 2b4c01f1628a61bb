package queue

import (
	"context"
	"errors"
	"iter"
	"math/bits"
	"time"

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
			if errors.Is(err, q.closed) {
				return
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

func (q *Memory[T]) dequeue(ctx context.Context, d *pitboss.Delivery[T], c *Consumer[T]) error {
	if c == nil && ctx.Err() == nil {
		q.lockToDeliver()
		if i, b := q.deliverPlain(d); b != nil {
			q.unlock()
			b.copyTo(&d.Message, i, &b.entries[i%chunkSize])
			return nil
		}
		q.unlock()
	}
	i, e, err := q.first(ctx, c)
	if err == nil {
		q.deliver(i, e, d, c)
	}
	q.unlock()
	return err
}

func (q *Memory[T]) dequeueBatch(ctx context.Context, into []pitboss.Delivery[T], c *Consumer[T]) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	n := 0
	i, e, err := q.first(ctx, c)
	for err == nil && i != none {
		q.deliver(i, e, &into[n], c)
		if n++; n == len(into) {
			break
		}
		if c == nil {
			for taken := 1; taken > 0; n += taken {
				taken = q.deliverRun(into[n:])
			}
			if n == len(into) {
				break
			}
		}
		i, e = q.next()
	}
	q.unlock()
	return n, err
}

// deliverPlain is next and deliver for the common case, spelled out in one
// piece: the next message is the first of the highest lane, neither time nor
// key matters to it, and nobody else can end its delivery. It fills d but for
// the message, and returns where that is; the delivery's owner may copy it with
// the lock free, since it is not touched before the delivery has ended. It
// returns no block when the case is another.
func (q *Memory[T]) deliverPlain(d *pitboss.Delivery[T]) (uint32, *block[T]) {
	o := &q.order
	if o.occupied == 0 || !q.plainDelivery || q.phase == phaseClosed {
		return none, nil
	}
	l := &o.lanes[bits.Len8(o.occupied)-1]
	if l.sorted != 0 {
		return none, nil
	}
	i := l.turns.head
	b := q.blocks[i>>chunkBits]
	e := &b.entries[i%chunkSize]
	if e.is(flagExpires) {
		return none, nil
	}
	if l.turns.head = e.turn.next; l.turns.head == none {
		l.turns.tail = none
		o.occupied &^= 1 << e.seat
	}
	o.ready[e.level]--
	e.attempt++
	e.state, e.filed, e.flags = stateInFlight, unfiled, e.flags&^flagPassed|flagHolds
	q.inFlight++
	q.counters.delivered++
	if e.at != q.stamped {
		q.stamped, q.stampedAt = e.at, q.clock.time(e.at)
	}
	d.Sequence, d.Attempt, d.EnqueuedAt, d.History = e.sequence, int(e.attempt), q.stampedAt, e.past()
	d.Bind(b, token(i, e.generation.Load()))
	return i, b
}

// lockToDeliver takes the lock. What was acknowledged matters to the next
// delivery only in keyed order; otherwise it is freed now and then, so that what
// a burst took is given back while it is drained.
func (q *Memory[T]) lockToDeliver() {
	q.mu.Lock()
	if q.order.keyed || q.counters.delivered-q.reaped >= chunkSize {
		q.reaped = q.counters.delivered
		q.reap()
	}
}

// deliverRun is deliverPlain for as many messages as lie in one block and fit,
// with what they have in common looked up once. It returns how many there were.
func (q *Memory[T]) deliverRun(into []pitboss.Delivery[T]) int {
	o := &q.order
	if o.occupied == 0 || !q.plainDelivery || q.phase == phaseClosed {
		return 0
	}
	at := bits.Len8(o.occupied) - 1
	l := &o.lanes[at]
	if l.sorted != 0 {
		return 0
	}
	i, n := l.turns.head, 0
	home := i >> chunkBits
	b := q.blocks[home]
	for n < len(into) && i>>chunkBits == home {
		e := &b.entries[i%chunkSize]
		if i == none || e.is(flagExpires) {
			break
		}
		d := &into[n]
		o.ready[e.level]--
		e.attempt++
		e.state, e.filed, e.flags = stateInFlight, unfiled, e.flags&^flagPassed|flagHolds
		if e.at != q.stamped {
			q.stamped, q.stampedAt = e.at, q.clock.time(e.at)
		}
		d.Sequence, d.Attempt, d.EnqueuedAt, d.History = e.sequence, int(e.attempt), q.stampedAt, e.past()
		d.Bind(b, token(i, e.generation.Load()))
		b.copyTo(&d.Message, i, e)
		n++
		i = e.turn.next
	}
	if l.turns.pop(i); i == none {
		o.occupied &^= 1 << at
	}
	q.inFlight += n
	q.counters.delivered += uint64(n)
	return n
}

// first takes the lock and returns the first entry that can be delivered,
// waiting for one if need be. The lock is held on return.
func (q *Memory[T]) first(ctx context.Context, c *Consumer[T]) (uint32, *entry, error) {
	err := ctx.Err()
	q.lockToDeliver()
	if err != nil {
		return none, nil, err
	}
	if c != nil && c.closed {
		return none, nil, q.closed
	}
	if i, e := q.next(); i != none {
		return i, e, nil
	}
	return q.await(ctx, c)
}

// await is the part of first that waits.
func (q *Memory[T]) await(ctx context.Context, c *Consumer[T]) (uint32, *entry, error) {
	w := &waiter[T]{signal: make(chan struct{}, 1)}
	var stop <-chan struct{}
	if c != nil {
		stop = c.stop
	}
	for {
		if q.phase == phaseClosed || c != nil && c.closed {
			return none, nil, q.closed
		}
		// The waiter may be used again only if its signal was received: that
		// is not so when the context or the consumer ended at the same time,
		// but then it is not used again.
		if q.park(ctx, &q.readers, w, stop) {
			w.woken, q.waking = false, false
		}
		if err := ctx.Err(); err != nil {
			return none, nil, err
		}
		if c != nil && c.closed {
			return none, nil, q.closed
		}
		if i, e := q.next(); i != none {
			return i, e, nil
		}
	}
}

// next returns the entry to deliver now, or none. Those that turn out to have
// expired go on the way.
func (q *Memory[T]) next() (uint32, *entry) {
	if q.order.occupied == 0 || q.phase == phaseClosed {
		return none, nil
	}
	now := int64(0)
	if q.order.ageing > 0 {
		now = q.clock.now()
	}
	for {
		i := q.order.next(now)
		if i == none {
			return none, nil
		}
		e := q.slab.at(i)
		if !e.is(flagExpires) {
			return i, e
		}
		if now == 0 {
			now = q.clock.now()
		}
		if now < e.expires {
			return i, e
		}
		q.expire(i, e)
	}
}

// deliver marks entry i in flight and fills d.
func (q *Memory[T]) deliver(i uint32, e *entry, d *pitboss.Delivery[T], c *Consumer[T]) {
	q.order.take(i, e)
	if e.placed[placeTimer] != nowhere {
		q.untime(i, e)
	}
	e.attempt++
	e.state = stateInFlight
	e.flags = e.flags&^flagPassed | flagHolds
	generation := e.generation.Load()
	if c != nil || q.visibility > 0 {
		q.track(i, e, generation, c)
	}
	q.inFlight++
	q.counters.delivered++
	d.Sequence = e.sequence
	d.Attempt = int(e.attempt)
	if e.at != q.stamped {
		q.stamped, q.stampedAt = e.at, q.clock.time(e.at)
	}
	d.EnqueuedAt = q.stampedAt
	d.History = e.past()
	b := q.blocks[i>>chunkBits]
	b.copyTo(&d.Message, i, e)
	d.Bind(b, token(i, generation))
}

// track lists a delivery that may have to be found again: because its lease
// ends, or its consumer closes.
func (q *Memory[T]) track(i uint32, e *entry, generation uint32, c *Consumer[T]) {
	e.owner, e.leased = ownerless, generation
	if c != nil {
		e.owner = c.owner
	}
	e.flags |= flagFlight
	q.flights.pushBack(&q.slab, linkTurn, i)
	if q.visibility > 0 {
		e.due = later(q.clock.now(), time.Duration(q.visibility))
		q.arm(e.due)
	}
}
