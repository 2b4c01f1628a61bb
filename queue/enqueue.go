package queue

import (
	"context"
	"errors"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Enqueue adds m. It fails with an error matching [pitboss.ErrClosed] once the
// queue is closing, with a [FullError] where a full queue refuses, with every
// fault of a malformed message, and with the context's error if that ended
// while it waited for room. A message whose deadline has already passed is
// accepted, and expires at once.
func (q *Memory[T]) Enqueue(ctx context.Context, m pitboss.Message[T]) (pitboss.Receipt, error) {
	bare := bare(&m)
	if err := m.Validate(); err != nil {
		return pitboss.Receipt{}, err
	}
	q.mu.Lock()
	if q.admitPlain(&m, bare) {
		receipt := pitboss.Receipt{Sequence: q.sequence}
		q.unlock()
		return receipt, nil
	}
	receipt, err := q.offer(&m)
	if errors.Is(err, errWait) {
		return q.enqueueWaiting(ctx, m)
	}
	q.unlock()
	return receipt, err
}

// EnqueueBatch adds the messages in order, taking the lock once. It returns how
// many were dealt with, duplicates included; on an error the message at that
// index and those after it were not queued. A batch that waits for room
// ([Block]) goes in as room appears, and no other producer's message comes in
// between.
func (q *Memory[T]) EnqueueBatch(ctx context.Context, messages []pitboss.Message[T]) (int, error) {
	q.mu.Lock()
	for i := 0; i < len(messages); i++ {
		if i += q.admitRun(messages[i:]); i == len(messages) {
			break
		}
		if err := messages[i].Validate(); err != nil {
			q.unlock()
			return i, err
		}
		if q.admitPlain(&messages[i], false) {
			continue
		}
		_, err := q.offer(&messages[i])
		if errors.Is(err, errWait) {
			w := &waiter[T]{signal: make(chan struct{}, 1), rest: messages[i:]}
			err = q.waitForRoom(ctx, w)
			return i + w.taken, err
		}
		if err != nil {
			q.unlock()
			return i, err
		}
	}
	q.unlock()
	return len(messages), nil
}

// enqueueWaiting is the part of Enqueue that waits. It is apart so that the
// message is moved to the heap only here. The lock is held on entry.
func (q *Memory[T]) enqueueWaiting(ctx context.Context, m pitboss.Message[T]) (pitboss.Receipt, error) {
	w := &waiter[T]{signal: make(chan struct{}, 1), rest: []pitboss.Message[T]{m}}
	err := q.waitForRoom(ctx, w)
	return w.receipt, err
}

// waitForRoom parks a producer until all of w.rest is taken or nothing more
// will be. The lock is held on entry and free on return.
func (q *Memory[T]) waitForRoom(ctx context.Context, w *waiter[T]) error {
	err := ctx.Err()
	if err == nil {
		if q.park(ctx, &q.writers, w, nil) {
			err = w.err
		} else {
			err = ctx.Err()
		}
	}
	q.unlock()
	return err
}

// admitWaiting takes the next message of the first waiting producer, or turns
// it away, and wakes it when there is nothing more to wait for.
func (q *Memory[T]) admitWaiting(w *waiter[T]) {
	m := &w.rest[0]
	if w.err = m.Validate(); w.err == nil {
		w.receipt, w.err = q.admit(m)
	}
	if w.err == nil {
		w.rest = w.rest[1:]
		w.taken++
	}
	if w.err != nil || len(w.rest) == 0 {
		w.rest = nil
		q.rouse(&q.writers, w)
	}
}

// errWait is offer's way to say that the producer must wait.
var errWait error = waitError{}

type waitError struct{}

func (waitError) Error() string { return "wait for room" }

// offer admits m if there is room, makes room, or says what to do instead.
func (q *Memory[T]) offer(m *pitboss.Message[T]) (pitboss.Receipt, error) {
	if q.slab.live >= q.capacity {
		q.reap()
	}
	if q.slab.live < q.capacity && q.writers.first == nil || q.phase != phaseOpen {
		return q.admit(m)
	}
	// A duplicate needs no room.
	if receipt, ok := q.duplicate(m, q.clock.now); ok {
		return receipt, nil
	}
	// What has expired makes room before anything is refused or dropped.
	if q.nextTimer() != never && q.serve(q.clock.now(), fireBatch) && q.slab.live < q.capacity && q.writers.first == nil {
		return q.admit(m)
	}
	switch q.overflow {
	case Block:
		return pitboss.Receipt{}, errWait
	case DropOldest:
		if i := q.order.oldest(); i != none {
			e := q.slab.at(i)
			q.order.remove(i, e)
			q.untime(i, e)
			q.drop(i, e, pitboss.ReasonOverflow)
			return q.admit(m)
		}
	}
	q.counters.rejected++
	return pitboss.Receipt{}, q.full
}

// duplicate looks m up among the IDs seen.
func (q *Memory[T]) duplicate(m *pitboss.Message[T], now func() int64) (pitboss.Receipt, bool) {
	if q.seen == nil || m.ID == "" {
		return pitboss.Receipt{}, false
	}
	sequence, ok := q.seen.find(m.ID, now())
	if !ok {
		return pitboss.Receipt{}, false
	}
	q.counters.duplicates++
	return pitboss.Receipt{Sequence: sequence, Duplicate: true}, true
}

// admitPlain is admit for the common case, spelled out in one piece: an open
// queue with room that nothing but arrival and level order, and a message that
// time does not matter to. It reports whether that was so. The caller says
// whether the message is bare.
func (q *Memory[T]) admitPlain(m *pitboss.Message[T], bare bool) bool {
	if !q.plainIntake || q.phase != phaseOpen || q.slab.live >= q.capacity || q.writers.first != nil ||
		!bare && (m.Delay|m.TTL != 0 || !m.Deadline.IsZero()) {
		return false
	}
	q.pushTurn(m, bare, q.clock.stamp())
	return true
}

// admitRun is admitPlain for the bare messages that a batch begins with, as far
// as there is room. It returns how many there were.
func (q *Memory[T]) admitRun(messages []pitboss.Message[T]) int {
	if !q.plainIntake || q.phase != phaseOpen || q.writers.first != nil {
		return 0
	}
	at, room := q.clock.stamp(), min(len(messages), q.capacity-q.slab.live)
	for n := range room {
		m := &messages[n]
		if !bare(m) || !m.Priority.Valid() {
			return n
		}
		q.pushTurn(m, true, at)
	}
	return max(room, 0)
}

// pushTurn puts m, for which there is room, at the end of its lane.
func (q *Memory[T]) pushTurn(m *pitboss.Message[T], bare bool, at int64) {
	s, o := &q.slab, &q.order
	q.sequence++
	level := uint8(m.Priority.Level())
	lane := level & q.levels
	i := s.take(lane)
	b := q.blocks[i>>chunkBits]
	e := &b.entries[i%chunkSize]
	l := &o.lanes[lane]
	tail := l.turns.tail
	e.sequence, e.at = q.sequence, at
	e.turn = link{prev: tail}
	e.attempt, e.key = 0, 0
	e.state, e.level, e.lane, e.seat, e.filed, e.flags = stateReady, level, lane, lane, filedTurn, 0
	b.payloads[i%chunkSize] = m.Payload
	if !bare {
		b.keepOptions(i, m)
		e.flags = flagOptions
	}
	switch l.turns.tail = i; {
	case tail == none:
		l.turns.head = i
	case tail>>chunkBits == i>>chunkBits: // nearly always
		b.entries[tail%chunkSize].turn.next = i
	default:
		s.at(tail).turn.next = i
	}
	o.occupied |= 1 << lane
	o.ready[level]++
}

// admit adds m, for which there is room. It fails only when the queue is
// closing.
func (q *Memory[T]) admit(m *pitboss.Message[T]) (pitboss.Receipt, error) {
	if q.phase != phaseOpen {
		return pitboss.Receipt{}, q.closed
	}
	timed := m.Delay > 0 || m.TTL > 0 || !m.Deadline.IsZero()
	dedupe := q.seen != nil && m.ID != ""
	var now int64
	if m.Delay > 0 || m.TTL > 0 || dedupe {
		now = q.clock.now()
	} else {
		now = q.clock.stamp()
	}
	if dedupe {
		if sequence, ok := q.seen.find(m.ID, now); ok {
			q.counters.duplicates++
			return pitboss.Receipt{Sequence: sequence, Duplicate: true}, nil
		}
		q.seen.add(m.ID, q.sequence+1, now)
	}
	q.sequence++
	i, e := q.store(m, q.sequence, now)
	if timed {
		q.admitTimed(i, e, m, now)
	} else {
		q.order.enter(i, e, false)
	}
	return pitboss.Receipt{Sequence: q.sequence}, nil
}

// store gives m an entry, which is in no structure yet.
func (q *Memory[T]) store(m *pitboss.Message[T], sequence uint64, at int64) (uint32, *entry) {
	level := uint8(m.Priority.Level())
	lane := level & q.levels
	i := q.slab.take(lane)
	b := q.blocks[i>>chunkBits]
	e := &b.entries[i%chunkSize]
	e.sequence, e.at, e.deadline = sequence, at, never
	e.attempt, e.key, e.flags = 0, 0, b.keep(i, m)
	e.level, e.lane = level, lane
	if m.Key != "" && q.order.keyed {
		e.key = q.order.keys.refer(m.Key)
	}
	return i, e
}

// near is how close a deadline must be for a coarse clock not to do.
const near = time.Second

// admitTimed is the part of admit for messages that time matters to.
func (q *Memory[T]) admitTimed(i uint32, e *entry, m *pitboss.Message[T], now int64) {
	e.expires = never
	if m.TTL > 0 {
		e.expires = later(now, m.TTL)
	}
	if !m.Deadline.IsZero() {
		// Sub saturates, so no deadline is too far away in either direction.
		e.deadline = int64(m.Deadline.Sub(q.clock.base))
		if e.deadline < later(now, near) {
			now = q.clock.now() // which may have been a coarse one
		}
		if e.deadline <= e.expires {
			e.expires = e.deadline
			e.flags |= flagDated
		}
	}
	if e.expires != never {
		e.flags |= flagExpires
	}
	switch {
	case e.expires <= now:
		q.drop(i, e, q.expiry(e))
	case m.Delay > 0:
		e.due = later(now, m.Delay)
		e.since = e.due
		e.flags |= flagLate
		q.delay(i, e)
	default:
		q.makeReady(i, e, false)
	}
}
