package deadletter

import (
	"context"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// FromDrop turns a message that a queue in memory dropped by itself into a dead
// letter.
func FromDrop[T any](queueName string, d queue.Drop[T]) pitboss.DeadLetter[T] {
	return pitboss.DeadLetter[T]{
		Queue: queueName, Message: d.Message, Sequence: d.Sequence,
		EnqueuedAt: d.EnqueuedAt, At: time.Now(),
		Reason: d.Reason, Error: "dropped by the queue: " + string(d.Reason), Attempts: d.History,
	}
}

// putTimeout bounds the writing of a letter, because the goroutine that writes it
// is a producer's or the queue's timer's.
const putTimeout = 5 * time.Second

// FromDrops is a hook for [queue.Config.Dropped] that keeps what expired or was
// pushed out by overflow. What was cleared on purpose is not kept. failed is
// told of each letter that could not be put: its message is lost. Nil: that is
// logged to [slog.Default].
func FromDrops[T any](letters pitboss.DeadLetters[T], queueName string, failed func(pitboss.DeadLetter[T], error)) func(queue.Drop[T]) {
	if failed == nil {
		failed = func(l pitboss.DeadLetter[T], err error) {
			slog.Error("dropped message not kept",
				"queue", l.Queue, "sequence", l.Sequence, "key", l.Message.Key, "reason", string(l.Reason), "error", err)
		}
	}
	return func(d queue.Drop[T]) {
		if d.Reason == pitboss.ReasonManual {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), putTimeout)
		defer cancel()
		letter := FromDrop(queueName, d)
		if err := letters.Put(ctx, letter); err != nil {
			failed(letter, err)
		}
	}
}
