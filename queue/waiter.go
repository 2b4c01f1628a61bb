package queue

import (
	"context"

	"github.com/pitboss-dev/pitboss"
)

// waiter is one parked consumer or producer.
type waiter[T any] struct {
	signal     chan struct{} // one wake-up; sent after the lock is freed
	next, prev *waiter[T]
	woken      bool // taken off its list; the signal is on its way

	// Of a producer: what it still wants to enqueue, how many were taken, the
	// receipt of the last, and what stopped it.
	rest    []pitboss.Message[T]
	taken   int
	receipt pitboss.Receipt
	err     error
}

// waiters is a list of parked goroutines, first come first served.
type waiters[T any] struct {
	first, last *waiter[T]
}

func (l *waiters[T]) push(w *waiter[T]) {
	w.prev, w.next = l.last, nil
	if l.last == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
}

func (l *waiters[T]) remove(w *waiter[T]) {
	if w.prev == nil {
		l.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.next, w.prev = nil, nil
}

// park waits, with the lock released, until w is woken, ctx ends or stop is
// closed, and returns with the lock held. It reports whether w was woken; if
// not, w is off its list. A wake-up that arrives together with the end of the
// context counts as woken, so that it is never lost.
func (q *Memory[T]) park(ctx context.Context, on *waiters[T], w *waiter[T], stop <-chan struct{}) bool {
	on.push(w)
	q.expect(1)
	q.unlock()
	select {
	case <-w.signal:
		q.lock()
		return true
	case <-ctx.Done():
	case <-stop:
	}
	q.lock()
	if w.woken {
		return true
	}
	on.remove(w)
	q.expect(-1)
	return false
}
