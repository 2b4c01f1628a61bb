package handler

import (
	"context"
	"errors"
	"fmt"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/queue"
)

// Dropped settles a message that its queue dropped by itself as Run would have:
// where its deadline has passed the Fallback runs, and what that does not deal
// with goes to DeadLetters. A message that was cleared on purpose is left
// alone.
//
// Queues drop what expires while it waits, and what overflow pushes out; no
// consumer ever sees it. So a consumer with a Fallback or DeadLetters belongs to
// a queue that tells it:
//
//	var worker handler.Consumer[Move]
//	moves, err := queue.NewPriority(queue.Config[Move]{
//		Dropped: func(d queue.Drop[Move]) { worker.Dropped(d) },
//	})
//	worker = handler.Consumer[Move]{Queue: moves, …}
//
// It runs in the goroutine that caused the drop: a producer's, or the queue's
// timer's. Where the dead letters refuse, the message is lost, because there is
// no queue left to go back to; OnError is told by a [DeadLetterError].
func (c Consumer[T]) Dropped(drop queue.Drop[T]) {
	if drop.Reason == pitboss.ReasonManual {
		return
	}
	c.Name = c.name()
	s := newSettler(&c, 0)
	d := &pitboss.Delivery[T]{
		Message: drop.Message, Sequence: drop.Sequence, Attempt: drop.Attempt,
		EnqueuedAt: drop.EnqueuedAt, History: drop.History,
	}
	ctx := correlation.FromMessage(context.Background(), d.CorrelationID, d.Headers)
	err := fmt.Errorf("dropped by the queue: %s", drop.Reason)
	if drop.Reason == pitboss.ReasonDeadline {
		err = pitboss.ErrDeadlineMissed
		if s.fallback != nil {
			failure := call(ctx, s.fallback, d)
			if failure == nil {
				return
			}
			err = errors.Join(err, sound(failure))
		}
	}
	given := &GivenUpError{Reason: drop.Reason, Number: attempts(d), Err: err}
	if s.dead == nil {
		s.fault(ctx, d, given)
		return
	}
	if failure := s.put(ctx, s.letter(d, drop.Reason, pitboss.Attempt{}, err)); failure != nil {
		s.fault(ctx, d, &DeadLetterError{Err: failure, Cause: err})
		return
	}
	s.report(ctx, d, given)
}
