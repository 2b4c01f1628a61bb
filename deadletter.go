package pitboss

import (
	"context"
	"time"
)

// DeadLetter is a message given up on, with everything needed to understand
// why and to put it back where it came from.
type DeadLetter[T any] struct {
	// ID names the entry; a store gives one where it is empty.
	ID string
	// Queue is the name of the queue that the message was in.
	Queue string
	// Message is the message itself, payload and headers included.
	Message Message[T]
	// Sequence is its place in that queue's order of arrival.
	Sequence uint64
	// EnqueuedAt is when that queue accepted it, At when it was given up on.
	EnqueuedAt, At time.Time
	// Reason is why, Error the last failure's text.
	Reason Reason
	Error  string
	// Attempts holds every recorded attempt, oldest first, the last included.
	Attempts []Attempt
	// TraceID is the trace in which it was given up on, if there was one.
	TraceID string
	// RetryAt asks the store to put the message back by itself at that moment.
	// Zero: it stays until somebody decides.
	RetryAt time.Time
}

// DeadLetters takes dead letters. It is the side that consumers see; package
// deadletter has the store behind it. Put is idempotent by queue and sequence,
// so that a consumer that fails between writing the entry and ending the
// original may do both again. A letter with neither a sequence nor a time of
// arrival is of a message that was in no queue: each is another one, unless it
// brings an ID.
type DeadLetters[T any] interface {
	Put(ctx context.Context, letter DeadLetter[T]) error
}
