package deadletter

import (
	"context"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// FromDrop makes a dead letter of a message that a queue in memory dropped by
// itself.
func FromDrop[T any](queueName string, d queue.Drop[T]) pitboss.DeadLetter[T] {
	return pitboss.DeadLetter[T]{
		Queue: queueName, Message: d.Message, Sequence: d.Sequence,
		EnqueuedAt: d.EnqueuedAt, At: time.Now(),
		Reason: d.Reason, Error: "dropped by the queue: " + string(d.Reason), Attempts: d.History,
	}
}

// FromDrops is a hook for [queue.Config.Dropped] that keeps what expired or was
// pushed out by overflow. What was cleared on purpose is not kept. failed is
// told of a letter that cannot be put.
func FromDrops[T any](letters pitboss.DeadLetters[T], queueName string, failed func(pitboss.DeadLetter[T], error)) func(queue.Drop[T]) {
	return func(d queue.Drop[T]) {
		if d.Reason == pitboss.ReasonManual {
			return
		}
		letter := FromDrop(queueName, d)
		if err := letters.Put(context.Background(), letter); err != nil {
			failed(letter, err)
		}
	}
}
