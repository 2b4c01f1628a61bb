package queue

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Memory is a queue in memory. It implements [pitboss.Queue],
// [pitboss.BatchQueue], [pitboss.KeyOrderer] and [pitboss.Inspector]. All
// methods are safe for concurrent use.
type Memory[T any] struct {
	mu sync.Mutex // guards all below; every unlock goes through unlock

	// Fixed at construction.
	name       string
	capacity   int
	overflow   Overflow
	visibility int64
	priorities bool
	hook       func(Drop[T])
	self       pitboss.Ender
	full       error
	closed     error
	base       time.Time // the queue's clock counts from here

	slab     slab
	messages []*[chunkSize]pitboss.Message[T] // parallel to slab.chunks
	order    order
	flights  list // in flight, oldest delivery first
	timers   heap // delays and expiries
	alarm    alarm
	seen     *dedupe

	sequence   uint64
	generation uint32
	consumers  uint32 // owners given out
	inFlight   int
	delayed    int
	counters   counters

	phase     phase
	parked    int // waiting consumers and producers, plus one once closing
	readers   waiters[T]
	writers   waiters[T]
	waking    bool       // a reader was woken and has not arrived yet
	wake      *waiter[T] // to be woken once the lock is free
	drops     []Drop[T]  // to be reported once the lock is free
	reporting int        // drops whose report has not returned
	done      chan struct{}
}

// phase is how far a queue is on its way to being closed.
type phase uint8

const (
	phaseOpen    phase = iota
	phaseClosing       // no intake; consumers go on
	phaseClosed
)

// counters are those of [pitboss.Stats].
type counters struct {
	enqueued, delivered, acked, nacked, terminated uint64
	expired, dropped, rejected, duplicates         uint64
}

var (
	_ pitboss.BatchQueue[int] = (*Memory[int])(nil)
	_ pitboss.Inspector[int]  = (*Memory[int])(nil)
	_ pitboss.KeyOrderer      = (*Memory[int])(nil)
)

// NewFIFO returns a queue that delivers in order of arrival. Priorities are
// counted but do not change the order. It fails with every fault of the
// configuration, joined.
func NewFIFO[T any](c Config[T]) (*Memory[T], error) { return newMemory(c, false) }

// NewPriority returns a queue that delivers the most urgent level first and in
// order of arrival within a level. It fails with every fault of the
// configuration, joined.
func NewPriority[T any](c Config[T]) (*Memory[T], error) { return newMemory(c, true) }

func newMemory[T any](c Config[T], priorities bool) (*Memory[T], error) {
	if err := c.validate(priorities); err != nil {
		return nil, err
	}
	if c.Name == "" {
		c.Name = "queue"
	}
	q := &Memory[T]{
		name:       c.Name,
		capacity:   c.Capacity,
		overflow:   c.Overflow,
		visibility: int64(c.Visibility),
		priorities: priorities,
		hook:       c.Dropped,
		full:       &FullError{Queue: c.Name, Capacity: c.Capacity},
		closed:     fmt.Errorf("%s: %w", c.Name, pitboss.ErrClosed),
		base:       time.Now(),
		done:       make(chan struct{}),
	}
	if q.capacity == 0 {
		q.capacity = math.MaxInt
	}
	q.self = (*ender[T])(q)
	q.slab.grown, q.slab.shrunk = q.grown, q.shrunk
	q.order.slab = &q.slab
	q.order.ageing = int64(c.Ageing)
	q.order.deadlines = c.EarliestDeadlineFirst
	q.order.keyed = c.OrderByKey
	if c.DedupeWindow > 0 {
		q.seen = newDedupe(c.DedupeWindow, c.DedupeLimit)
	}
	return q, nil
}

// now reads the queue's clock.
func (q *Memory[T]) now() int64 { return int64(time.Since(q.base)) }

// instant turns an instant of the queue's clock into a time.
func (q *Memory[T]) instant(at int64) time.Time { return q.base.Add(time.Duration(at)) }

func (q *Memory[T]) message(i uint32) *pitboss.Message[T] {
	return &q.messages[i>>chunkBits][i%chunkSize]
}

func (q *Memory[T]) grown(chunk uint32) {
	m := new([chunkSize]pitboss.Message[T])
	if int(chunk) < len(q.messages) {
		q.messages[chunk] = m
	} else {
		q.messages = append(q.messages, m)
	}
}

func (q *Memory[T]) shrunk(chunk uint32) { q.messages[chunk] = nil }

// later is at plus d, or never where that lies beyond the clock.
func later(at int64, d time.Duration) int64 {
	if at > never-int64(d) {
		return never
	}
	return at + int64(d)
}

func (q *Memory[T]) lock() { q.mu.Lock() }

// unlock settles what the change under the lock made possible, frees the lock,
// and then does what must not be done under it: wake waiters and report drops.
func (q *Memory[T]) unlock() {
	if q.parked > 0 {
		q.settle()
	}
	wake, drops := q.wake, q.drops
	if wake == nil && drops == nil {
		q.mu.Unlock()
		return
	}
	q.wake, q.drops = nil, nil
	q.mu.Unlock()
	for wake != nil {
		next := wake.next
		wake.next = nil
		wake.signal <- struct{}{}
		wake = next
	}
	if drops != nil {
		q.report(drops)
	}
}

// settle lets waiting producers and consumers in as far as there is room and
// work, and finishes a close that has nothing to wait for any more.
func (q *Memory[T]) settle() {
	for w := q.writers.first; w != nil && (q.slab.live < q.capacity || q.phase != phaseOpen); w = q.writers.first {
		q.admitWaiting(w)
	}
	if q.order.occupied != 0 && !q.waking && q.readers.first != nil {
		// One at a time: it wakes the next itself if there is more to do, and
		// needs no waking at all for what a running consumer takes.
		q.waking = true
		q.rouse(&q.readers, q.readers.first)
	}
	if q.phase == phaseClosing && q.drained() {
		q.finish()
	}
}

// rouse takes w off its list and has it woken once the lock is free.
func (q *Memory[T]) rouse(from *waiters[T], w *waiter[T]) {
	from.remove(w)
	q.parked--
	w.woken = true
	w.next, q.wake = q.wake, w
}

// report tells the hook of drops, and a close that it has been told.
func (q *Memory[T]) report(drops []Drop[T]) {
	defer func() {
		q.lock()
		q.reporting -= len(drops)
		q.unlock()
	}()
	for i := range drops {
		q.hook(drops[i])
	}
}

// drop discards i, which is in no structure any more, and counts it.
func (q *Memory[T]) drop(i uint32, e *entry, reason pitboss.Reason) {
	switch reason {
	case pitboss.ReasonTTL, pitboss.ReasonDeadline:
		q.counters.expired++
	default:
		q.counters.dropped++
	}
	if q.hook != nil {
		q.drops = append(q.drops, Drop[T]{
			Message:    *q.message(i),
			Reason:     reason,
			Sequence:   e.sequence,
			Attempt:    int(e.attempt),
			EnqueuedAt: q.instant(e.at),
			History:    e.history,
		})
		q.reporting++
	}
	q.free(i, e)
}

// free gives i back to the slab and forgets its message, so that the queue
// keeps nothing alive that it no longer holds.
func (q *Memory[T]) free(i uint32, e *entry) {
	if e.key != 0 {
		q.order.keys.forget(e.key)
	}
	*q.message(i) = pitboss.Message[T]{}
	q.slab.release(i)
}

// expiry is the reason for which e expires.
func (q *Memory[T]) expiry(e *entry) pitboss.Reason {
	if e.expires == e.deadline {
		return pitboss.ReasonDeadline
	}
	return pitboss.ReasonTTL
}
