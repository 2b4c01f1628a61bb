package queue

import "time"

// alarm is the queue's one timer. It is armed for the earliest instant at which
// anything is due, and not at all when nothing is.
type alarm struct {
	timer *time.Timer
	at    int64 // what it is armed for; zero: it is not
}

// fireBatch bounds how many timers are served in one go under the lock.
const fireBatch = 256

// delay holds i back until e.due.
func (q *Memory[T]) delay(i uint32, e *entry) {
	e.state = stateDelayed
	q.delayed++
	q.time(i, e, min(e.due, e.end()))
}

// makeReady hands i to the order.
func (q *Memory[T]) makeReady(i uint32, e *entry, back bool) {
	q.order.enter(i, e, back)
	switch {
	case !e.is(flagExpires):
	case q.order.times(e):
		q.arm(e.expires)
	default:
		q.time(i, e, e.expires)
	}
}

// time sets i's timer, which must not be set.
func (q *Memory[T]) time(i uint32, e *entry, at int64) {
	if at == never {
		return
	}
	q.timers.push(&q.slab, at, i, e)
	q.arm(at)
}

// untime cancels i's timer, if it is set.
func (q *Memory[T]) untime(i uint32, e *entry) {
	if e.placed[placeTimer] != nowhere {
		q.timers.remove(&q.slab, i, e)
	}
}

// arm makes sure that the alarm rings no later than at. An alarm that rings too
// early finds nothing to do and is set anew, which is cheaper than setting it
// anew with each cancelled timer.
func (q *Memory[T]) arm(at int64) {
	if q.alarm.at != 0 && q.alarm.at <= at || q.phase == phaseClosed {
		return
	}
	// Never zero, which would say that it is not armed.
	q.alarm.at = max(at, 1)
	wait := time.Duration(q.alarm.at - q.clock.now())
	if q.alarm.timer == nil {
		q.alarm.timer = time.AfterFunc(wait, q.ring)
	} else {
		q.alarm.timer.Reset(wait)
	}
}

// ring serves all that is due.
func (q *Memory[T]) ring() {
	q.lock()
	q.alarm.at = 0
	for now := q.clock.now(); q.phase != phaseClosed; now = q.clock.now() {
		if q.serve(now, fireBatch) {
			break
		}
		q.unlock()
		q.lock()
	}
	q.rearm()
	q.unlock()
}

// soonest is the heap whose first entry is due before all others: that of the
// near timers, or a lane's deadlines.
func (q *Memory[T]) soonest() *heap {
	h := &q.timers.near
	if !q.order.timekeeper() {
		return h
	}
	for at := range q.order.lanes {
		l := &q.order.lanes[at].deadlines
		if l.count > 0 && (h.count == 0 || l.root().before(h.root())) {
			h = l
		}
	}
	return h
}

// nextTimer returns an instant before which no timer is due and no deadline
// passes, or never.
func (q *Memory[T]) nextTimer() int64 { return min(q.timers.next(&q.slab), q.soonest().first()) }

// rearm sets the alarm for the earliest timer or lease.
func (q *Memory[T]) rearm() {
	if at := q.nextTimer(); at != never {
		q.arm(at)
	}
	if q.visibility > 0 && q.flights.head != none {
		q.arm(q.slab.at(q.flights.head).due)
	}
}

// serve serves up to n timers and leases that are due. It reports whether that
// was all.
func (q *Memory[T]) serve(now int64, n int) bool {
	if n = q.timers.advance(&q.slab, now, n); n < 0 {
		return false
	}
	for h := q.soonest(); h.first() <= now; h = q.soonest() {
		if n == 0 {
			return false
		}
		n--
		i := h.top()
		e := q.slab.at(i)
		if h != &q.timers.near {
			q.expire(i, e)
			continue
		}
		q.timers.remove(&q.slab, i, e)
		q.elapse(i, e, now)
	}
	if q.visibility == 0 {
		return true
	}
	// The lease is the same for all, so the oldest delivery's ends first.
	for i := q.flights.head; i != none; n-- {
		e := q.slab.at(i)
		if e.due > now {
			break
		}
		if n == 0 {
			return false
		}
		next := e.turn.next
		q.recall(i, e, now)
		i = next
	}
	return true
}

// elapse deals with an entry whose timer has rung.
func (q *Memory[T]) elapse(i uint32, e *entry, now int64) {
	if now >= e.end() {
		q.expire(i, e)
		return
	}
	q.delayed--
	back := e.attempt > 0 && !e.is(flagPassed)
	q.makeReady(i, e, back)
	q.order.letGo(e)
}

// expire drops an entry that is ready or delayed.
func (q *Memory[T]) expire(i uint32, e *entry) {
	switch e.state {
	case stateReady:
		q.order.remove(i, e)
	case stateDelayed:
		q.delayed--
		q.order.letGo(e)
	}
	q.untime(i, e)
	q.drop(i, e, q.expiry(e))
}
