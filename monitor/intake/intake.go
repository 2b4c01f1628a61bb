// Package intake lets an observer take things in by the batch.
//
// An observer that counts has a lot of memory to touch: counters, histograms,
// pictures. Touched once per command, between a game's own work, all of it has
// left the processor's cache, or is in that of another processor. So what comes
// is only noted, and taken in together with what came since, when there is enough of
// it or when somebody looks. Whoever brings something does not wait for whoever
// looks.
//
// [Commits] does so with what rooms did; [Intake] with anything.
package intake

import (
	"sync"
	"sync/atomic"
)

const (
	// lanes is how many lists there are to add to, so that processors which add at
	// the same time seldom meet.
	lanes = 8
	// batch is how many things of a lane are taken in together.
	batch = 256
	// most is how many of a lane may wait while somebody looks. Beyond that, whoever
	// brings more waits too: nothing is lost, and memory is bounded.
	most = 16 * batch
)

// Intake guards what take changes. It is a [sync.Locker] for those who look.
type Intake[T any] struct {
	take  func([]T)
	lanes [lanes]lane[T]

	// near has, for each processor, the lane that it added to before.
	near sync.Pool
	next atomic.Uint32

	_     [64]byte // who brings something shares no cache line with who looks
	state sync.Mutex
	spare []T // the memory of a batch that was taken in; under state
}

// lane has a cache line of its own.
type lane[T any] struct {
	mu      sync.Mutex
	waiting []T
	_       [32]byte
}

// New returns an intake. take is called with some things at a time, with the
// intake locked. The list is its own until it returns. It must not use the intake.
func New[T any](take func([]T)) *Intake[T] {
	i := &Intake[T]{take: take}
	i.near.New = func() any { return &i.lanes[i.next.Add(1)%lanes] }
	return i
}

// Add notes a copy of something that may be taken in before what came earlier.
// Now and then it takes in some of what was noted.
func (i *Intake[T]) Add(v *T) {
	l, _ := i.near.Get().(*lane[T])
	i.add(l, v)
	i.near.Put(l)
}

// AddInOrder is Add for what must keep its order: things of the same key are
// taken in as they were added.
func (i *Intake[T]) AddInOrder(key uint, v *T) { i.add(&i.lanes[key%lanes], v) }

func (i *Intake[T]) add(l *lane[T], v *T) {
	l.mu.Lock()
	l.waiting = append(l.waiting, *v)
	n := len(l.waiting)
	l.mu.Unlock()
	if n%batch != 0 {
		return
	}
	if n >= most {
		i.state.Lock()
	} else if !i.state.TryLock() {
		return // who looks, or takes in, is followed by another who adds
	}
	defer i.state.Unlock()
	i.drain(l)
}

// Lock locks what take changes, when all that was added before has been taken
// in.
func (i *Intake[T]) Lock() {
	i.state.Lock()
	for n := range i.lanes {
		i.drain(&i.lanes[n])
	}
}

// Unlock ends what Lock began.
func (i *Intake[T]) Unlock() { i.state.Unlock() }

// Flush takes in all that was added before.
func (i *Intake[T]) Flush() {
	i.Lock()
	i.Unlock() //nolint:gocritic,staticcheck // Lock does it
}

// drain takes in what waits in a lane.
func (i *Intake[T]) drain(l *lane[T]) {
	l.mu.Lock()
	list := l.waiting
	l.waiting = i.spare
	l.mu.Unlock()
	if len(list) > 0 {
		i.take(list)
	}
	clear(list)
	i.spare = list[:0]
}
