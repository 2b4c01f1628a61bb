package queue

import (
	"context"
	"fmt"

	"github.com/pitboss-dev/pitboss"
)

// Close stops the intake at once and fails producers that wait for room. It
// then waits until nothing is ready or in flight, while consumers go on, or
// until ctx ends; a context that has already ended closes at once. After that
// consumers are refused too, and nothing comes back or expires by itself.
//
// It returns nil when all was handled, and an [UndrainedError] when messages
// are left: delayed ones are not waited for, unless they hold back others of
// their key. What is left can be seen with [Memory.Remaining]; deliveries still
// in flight can still be ended. Closing twice is harmless: a second Close waits
// for the same end, or hastens it with its own context.
func (q *Memory[T]) Close(ctx context.Context) error {
	q.lock()
	if q.phase == phaseOpen {
		q.phase = phaseClosing
		q.expect(1) // so that every unlock looks whether it is drained
	}
	q.unlock()
	select {
	case <-q.done:
	default:
		select {
		case <-q.done:
		case <-ctx.Done():
		}
	}
	q.lock()
	defer q.unlock()
	if q.phase == phaseClosing {
		q.finish()
	}
	if left := q.held(); left > 0 {
		return &UndrainedError{Queue: q.name, Left: left, Cause: context.Cause(ctx)}
	}
	return nil
}

// drained says whether a close has nothing to wait for.
func (q *Memory[T]) drained() bool {
	return q.order.count() == 0 && q.inFlight == 0 && q.reporting == 0
}

// finish ends a close: consumers are refused from now on.
func (q *Memory[T]) finish() {
	q.phase = phaseClosed
	q.expect(-1)
	for q.readers.first != nil {
		q.rouse(&q.readers, q.readers.first)
	}
	if q.alarm.timer != nil {
		q.alarm.timer.Stop()
	}
	close(q.done)
}

// UndrainedError says that a closed queue has messages left. It matches
// [pitboss.ErrUndrained] and, where a context cut the close short, its cause.
type UndrainedError struct {
	Queue string
	Left  int // ready, delayed and in flight
	Cause error
}

// Error tells how many are left.
func (e *UndrainedError) Error() string {
	return fmt.Sprintf("%s: %v: %d messages left", e.Queue, pitboss.ErrUndrained, e.Left)
}

// Unwrap makes the error match [pitboss.ErrUndrained] and its cause.
func (e *UndrainedError) Unwrap() []error {
	if e.Cause == nil {
		return []error{pitboss.ErrUndrained}
	}
	return []error{pitboss.ErrUndrained, e.Cause}
}
