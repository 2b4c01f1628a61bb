package queue

import (
	"time"

	"github.com/pitboss-dev/pitboss"
)

// historyKept bounds the failed attempts remembered of one message; beyond it
// the oldest are forgotten.
const historyKept = 32

// ender is the side of a queue that deliveries see. A token is the delivery's
// generation above its entry's index, so ending it needs no look-up, and an
// end that comes too late cannot hit the entry's next user.
type ender[T any] Memory[T]

// Ack implements [pitboss.Ender].
func (n *ender[T]) Ack(token uint64) error {
	q := (*Memory[T])(n)
	q.lock()
	i, e := q.flight(token)
	if e == nil {
		q.unlock()
		return pitboss.ErrEnded
	}
	q.counters.acked++
	q.finishFlight(i, e)
	q.unlock()
	return nil
}

// Term implements [pitboss.Ender].
func (n *ender[T]) Term(token uint64, _ pitboss.Reason) error {
	q := (*Memory[T])(n)
	q.lock()
	i, e := q.flight(token)
	if e == nil {
		q.unlock()
		return pitboss.ErrEnded
	}
	q.counters.terminated++
	q.finishFlight(i, e)
	q.unlock()
	return nil
}

// Nak implements [pitboss.Ender].
func (n *ender[T]) Nak(token uint64, r pitboss.Retry) error {
	q := (*Memory[T])(n)
	q.lock()
	i, e := q.flight(token)
	if e == nil {
		q.unlock()
		return pitboss.ErrEnded
	}
	if !r.Attempt.IsZero() {
		e.history = remember(e.history, r.Attempt)
	}
	q.land(i, e)
	q.comeBack(i, e, q.now(), r.Delay, r.Pass)
	q.unlock()
	return nil
}

// flight returns the entry that token stands for, or nil if that delivery is
// over.
func (q *Memory[T]) flight(token uint64) (uint32, *entry) {
	i, generation := uint32(token), uint32(token>>32)
	e := q.slab.get(i)
	if e == nil || e.generation != generation || generation == 0 {
		return none, nil
	}
	return i, e
}

// land takes i out of flight.
func (q *Memory[T]) land(i uint32, e *entry) {
	q.flights.remove(&q.slab, linkTurn, i)
	q.inFlight--
	e.generation = 0
}

// finishFlight ends a delivery for good.
func (q *Memory[T]) finishFlight(i uint32, e *entry) {
	q.land(i, e)
	q.order.letGo(e)
	q.free(i, e)
}

// comeBack hands i, which has landed, back to the queue.
func (q *Memory[T]) comeBack(i uint32, e *entry, now int64, delay time.Duration, pass bool) {
	q.counters.nacked++
	if now >= e.expires {
		q.order.letGo(e)
		q.drop(i, e, q.expiry(e))
		return
	}
	e.passed = pass && q.order.keyed && e.key != 0
	if e.passed {
		q.order.letGo(e)
	}
	if delay > 0 {
		e.due = later(now, delay)
		q.delay(i, e)
		return
	}
	q.makeReady(i, e, !e.passed)
	q.order.letGo(e)
}

// remember appends an attempt to a history that earlier deliveries may share.
func remember(history []pitboss.Attempt, a pitboss.Attempt) []pitboss.Attempt {
	if len(history) >= historyKept {
		history = history[len(history)-historyKept+1:]
	}
	grown := make([]pitboss.Attempt, len(history)+1)
	copy(grown, history)
	grown[len(history)] = a
	return grown
}
