package queue

import (
	"time"

	"github.com/pitboss-dev/pitboss"
)

// historyKept bounds the failed attempts remembered of one message; beyond it
// the oldest are forgotten.
const historyKept = 32

// Term implements [pitboss.Ender].
func (b *block[T]) Term(token uint64, _ pitboss.Reason) error {
	e := b.entry(token)
	if !e.claim(generation(token)) {
		return pitboss.ErrEnded
	}
	q := b.queue
	q.lock()
	q.counters.terminated++
	q.finishFlight(uint32(token), e)
	q.unlock()
	return nil
}

// Nak implements [pitboss.Ender].
func (b *block[T]) Nak(token uint64, r pitboss.Retry) error {
	e := b.entry(token)
	if !e.claim(generation(token)) {
		return pitboss.ErrEnded
	}
	q := b.queue
	q.lock()
	if !r.Attempt.IsZero() {
		e.history = remember(e.past(), r.Attempt)
		e.flags |= flagFailed
	}
	q.land(uint32(token), e)
	q.comeBack(uint32(token), e, q.clock.now(), r.Delay, r.Pass)
	q.unlock()
	return nil
}

// Ended implements [pitboss.EndTeller].
func (b *block[T]) Ended(token uint64) bool {
	return b.entry(token).generation.Load() != generation(token)
}

// A token is the delivery's generation above its entry's index.
func token(i, generation uint32) uint64 { return uint64(generation)<<32 | uint64(i) }

func generation(token uint64) uint32 { return uint32(token >> 32) }

func (b *block[T]) entry(token uint64) *entry { return &b.entries[token%chunkSize] }

// land takes i out of flight.
func (q *Memory[T]) land(i uint32, e *entry) {
	if e.is(flagFlight) {
		q.flights.remove(&q.slab, linkTurn, i)
		e.flags &^= flagFlight
	}
	q.inFlight--
}

// recall hands back a delivery that its consumer has not ended, and reports
// whether that was so. If the consumer has just claimed the end, it waits for
// the lock and goes on from there.
func (q *Memory[T]) recall(i uint32, e *entry, now int64) bool {
	if !e.claim(e.leased) {
		return false
	}
	q.land(i, e)
	q.comeBack(i, e, now, 0, false)
	return true
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
	if now >= e.end() {
		q.order.letGo(e)
		q.drop(i, e, q.expiry(e))
		return
	}
	passed := pass && q.order.keyed && e.key != 0
	if passed {
		e.flags |= flagPassed
		q.order.letGo(e)
	}
	if delay > 0 {
		e.due = later(now, delay)
		q.delay(i, e)
		return
	}
	q.makeReady(i, e, !passed)
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
