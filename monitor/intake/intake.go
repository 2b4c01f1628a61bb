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

import "sync"

const (
	// batch is how many things are taken in together.
	batch = 64
	// most is how many may wait while somebody looks. Beyond that, whoever
	// brings more waits too: nothing is lost, and memory is bounded.
	most = 64 * batch
)

// Intake guards what take changes. It is a [sync.Locker] for those who look.
type Intake[T any] struct {
	take func(*T)

	mu      sync.Mutex
	waiting []T

	_     [64]byte // who brings something shares no cache line with who looks
	state sync.Mutex
	spare []T // the memory of a batch that was taken in; under state
}

// New returns an intake. take is called with one thing at a time, in the order
// in which they were added, with the intake locked. It must not use the intake.
func New[T any](take func(*T)) *Intake[T] { return &Intake[T]{take: take} }

// Add notes a copy of something. Now and then it takes in all that was noted.
func (i *Intake[T]) Add(v *T) {
	i.mu.Lock()
	i.waiting = append(i.waiting, *v)
	n := len(i.waiting)
	i.mu.Unlock()
	if n%batch != 0 {
		return
	}
	if n >= most {
		i.state.Lock()
	} else if !i.state.TryLock() {
		return // who looks, or takes in, is followed by another who adds
	}
	defer i.state.Unlock()
	i.drain()
}

// Lock locks what take changes, when all that was added before has been taken
// in.
func (i *Intake[T]) Lock() {
	i.state.Lock()
	i.drain()
}

// Unlock ends what Lock began.
func (i *Intake[T]) Unlock() { i.state.Unlock() }

// Flush takes in all that was added before.
func (i *Intake[T]) Flush() {
	i.state.Lock()
	defer i.state.Unlock()
	i.drain()
}

// drain takes in what waits.
func (i *Intake[T]) drain() {
	i.mu.Lock()
	list := i.waiting
	i.waiting = i.spare
	i.mu.Unlock()
	for n := range list {
		i.take(&list[n])
	}
	clear(list)
	i.spare = list[:0]
}
