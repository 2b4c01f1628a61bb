package queue

import (
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Memory is a queue in memory, made by [NewFIFO] or [NewPriority]. It
// implements [pitboss.Queue], [pitboss.BatchQueue], [pitboss.KeyOrderer] and
// [pitboss.Inspector]. All methods are safe for concurrent use.
type Memory[T any] struct {
	mu sync.Mutex // guards all below; every unlock goes through unlock

	// Fixed at construction.
	name       string
	capacity   int
	overflow   Overflow
	visibility int64
	levels     uint8 // masks a level to its lane: all or nothing
	hook       func(Drop[T])

	// Whether the common case, for which there is a shorter way, can be met with
	// at all: on the way in and on the way out.
	plainIntake, plainDelivery bool

	full      error
	closed    error
	clock     clock
	stamped   int64 // the last instant turned into a time: stampedAt
	stampedAt time.Time

	slab    slab
	blocks  []*block[T] // those of slab.chunks
	order   order
	flights list  // in flight, oldest delivery first
	timers  wheel // delays and expiries
	alarm   alarm
	seen    *dedupe

	sequence  uint64
	consumers uint32 // owners given out
	inFlight  int
	delayed   int
	counters  counters

	// Where entries were acknowledged that are yet to be freed, and whether
	// someone waits for that. They are all that is touched without mu.
	acked     atomic.Uint64
	attention atomic.Bool
	groups    []*group // of blocks
	reaped    uint64   // deliveries before the last one that looked for these

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
	delivered, acked, nacked, terminated   uint64
	expired, dropped, rejected, duplicates uint64
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
		hook:       c.Dropped,
		full:       &FullError{Queue: c.Name, Capacity: c.Capacity},
		closed:     fmt.Errorf("%s: %w", c.Name, pitboss.ErrClosed),
		clock:      clock{base: time.Now()},
		done:       make(chan struct{}),
	}
	if priorities {
		q.levels = 0xff
	}
	q.stampedAt = q.clock.time(q.stamped)
	if q.capacity == 0 {
		q.capacity = math.MaxInt
	}
	q.slab.reap, q.slab.allocate, q.slab.released = q.reap, q.allocate, q.released
	q.order.slab = &q.slab
	q.order.ageing = int64(c.Ageing)
	q.order.deadlines = c.EarliestDeadlineFirst
	q.order.keyed = c.OrderByKey
	// Deadlines do not tell which message is the oldest.
	q.order.tracked = c.OrderByKey || c.EarliestDeadlineFirst && c.Overflow == DropOldest
	q.slab.scattered = c.EarliestDeadlineFirst
	if c.DedupeWindow > 0 {
		q.seen = newDedupe(c.DedupeWindow, c.DedupeLimit)
	}
	q.distinguish()
	return q, nil
}

// distinguish finds out where the common case can be met with.
func (q *Memory[T]) distinguish() {
	q.plainIntake = !q.order.tracked && !q.order.deadlines && q.seen == nil
	q.plainDelivery = !q.order.tracked && q.order.ageing == 0 && q.visibility == 0
}

// Name returns [Config.Name]: consumers put it into their dead letters.
func (q *Memory[T]) Name() string { return q.name }

// later is at plus d, or never where that lies beyond the clock.
func later(at int64, d time.Duration) int64 {
	if d > 0 && at > never-int64(d) {
		return never
	}
	return at + int64(d)
}

// lock takes the lock and settles what was acknowledged without it.
func (q *Memory[T]) lock() {
	q.mu.Lock()
	q.reap()
}

// unlock settles what the change under the lock made possible, frees the lock,
// and then does what must not be done under it: wake waiters and report drops.
func (q *Memory[T]) unlock() {
	if q.parked > 0 {
		q.settle()
	}
	if q.wake == nil && q.drops == nil {
		q.mu.Unlock()
		return
	}
	q.unlockAndTell()
}

// unlockAndTell is unlock when there is somebody to tell.
func (q *Memory[T]) unlockAndTell() {
	wake, drops := q.wake, q.drops
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
	if q.attention.Load() {
		q.reap()
	}
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

// expect changes the number of those who wait for something. While that may be
// an acknowledgement, these come by the lock, where they are acted upon. The
// order matters: attention is raised before settle looks at what is
// acknowledged, and an acknowledgement is made before it looks for attention.
func (q *Memory[T]) expect(n int) {
	q.parked += n
	q.attention.Store(q.writers.first != nil || q.phase == phaseClosing || q.order.keyed && q.parked > 0)
}

// rouse takes w off its list and has it woken once the lock is free.
func (q *Memory[T]) rouse(from *waiters[T], w *waiter[T]) {
	from.remove(w)
	q.expect(-1)
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
		q.tell(drops[i])
	}
}

// tell calls the hook. A panic in it must not reach a producer that happened to
// cause the drop, nor end the process from the timer's goroutine, nor keep the
// hook from hearing of the other drops.
func (q *Memory[T]) tell(d Drop[T]) {
	defer func() {
		if value := recover(); value != nil {
			slog.Error("dropped hook panicked",
				"queue", q.name, "sequence", d.Sequence, "key", d.Key, "reason", string(d.Reason), "panic", value)
		}
	}()
	q.hook(d)
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
			Message:    q.message(i, e),
			Reason:     reason,
			Sequence:   e.sequence,
			Attempt:    int(e.attempt),
			EnqueuedAt: q.clock.time(e.at),
			History:    e.past(),
		})
		q.reporting++
	}
	q.free(i, e)
}

// held is how many messages the queue holds, in whatever state.
func (q *Memory[T]) held() int { return q.order.count() + q.delayed + q.inFlight }

// free gives i back to the slab and forgets its message, so that the queue
// keeps nothing alive that it no longer holds.
func (q *Memory[T]) free(i uint32, e *entry) {
	if e.key != 0 {
		q.order.keys.forget(e.key)
	}
	b := q.blocks[i>>chunkBits]
	b.forget(i, e)
	q.slab.release(i)
}

// expiry is the reason for which e expires.
func (q *Memory[T]) expiry(e *entry) pitboss.Reason {
	if e.is(flagDated) {
		return pitboss.ReasonDeadline
	}
	return pitboss.ReasonTTL
}
