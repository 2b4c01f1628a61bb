package pitboss

import (
	"context"
	"fmt"
	"time"
)

// Queue is what producers and consumers share. All methods are safe for
// concurrent use.
//
// Backends offer more by implementing [BatchQueue], [KeyOrderer] and
// [Inspector] as well.
type Queue[T any] interface {
	// Enqueue adds a message and returns once it is as safe as the backend
	// promises. It fails with [ErrClosed], with [ErrFull] where the overflow
	// strategy refuses, with a [FieldError] on a malformed message, or with the
	// context's error when it had to wait.
	Enqueue(ctx context.Context, m Message[T]) (Receipt, error)

	// Dequeue waits for the next message. The delivery must be ended; see
	// [Delivery]. It fails with [ErrClosed] once the queue is closed and
	// drained, or with the context's error.
	Dequeue(ctx context.Context) (Delivery[T], error)

	// Close stops the intake at once, lets consumers go on until nothing is
	// ready or in flight or until ctx ends, and then refuses them too. It
	// returns nil when all was handled and an error matching [ErrUndrained]
	// when something was left. Closing twice is harmless.
	Close(ctx context.Context) error
}

// BatchQueue is a Queue that moves many messages through one lock or one
// round trip.
type BatchQueue[T any] interface {
	Queue[T]

	// EnqueueBatch adds the messages in order and returns how many were
	// accepted; on an error the rest were not.
	EnqueueBatch(ctx context.Context, messages []Message[T]) (int, error)

	// DequeueBatch waits for one message and takes as many more as are ready,
	// up to len(into).
	DequeueBatch(ctx context.Context, into []Delivery[T]) (int, error)
}

// KeyOrderer is a Queue that can keep order by key.
type KeyOrderer interface {
	// OrderByKey makes the queue deliver messages of one key strictly one at a
	// time and in order, also across retries, while keys take turns so that
	// none starves. It holds for all consumers from then on, because order
	// that one consumer ignores is no order. Calling it again changes nothing.
	OrderByKey()
}

// Inspector is a Queue that can be looked into.
type Inspector[T any] interface {
	// Stats returns a consistent snapshot of the counters.
	Stats() Stats

	// Peek returns up to n messages in the order in which they would be
	// delivered, without delivering them.
	Peek(n int) []Message[T]

	// Clear discards every message that is ready or delayed, counts them as
	// dropped, and returns how many. What is in flight stays.
	Clear() int
}

// Receipt is the backend's acknowledgement of an Enqueue.
type Receipt struct {
	// Sequence is the message's place in the queue's order of arrival, from 1.
	// For a duplicate it is the place of the original.
	Sequence uint64
	// Durability is what the message now survives.
	Durability Durability
	// Duplicate says that a message of the same ID was there before and this
	// one was not queued.
	Duplicate bool
}

// Durability says what an acknowledged message survives.
type Durability uint8

// The promises, weakest first.
const (
	// InMemory is lost with the process.
	InMemory Durability = iota
	// InProcess survives the death of the process; a power cut may take the
	// last moments.
	InProcess
	// OnDisk survives a power cut.
	OnDisk
)

// String returns memory, process or disk.
func (d Durability) String() string {
	switch d {
	case InMemory:
		return "memory"
	case InProcess:
		return "process"
	case OnDisk:
		return "disk"
	}
	return fmt.Sprintf("durability(%d)", uint8(d))
}

// Stats is a snapshot of one queue. Gauges speak of now, counters of all time
// since the queue was made. At any moment
//
//	Enqueued = Acked + Terminated + Expired + Dropped + InFlight + Delayed + Ready
//
// where Ready is the sum over its levels.
type Stats struct {
	// Ready counts the messages waiting for a consumer, by [Priority.Level].
	Ready [Priorities]int
	// InFlight counts deliveries not yet ended.
	InFlight int
	// Delayed counts messages held back by a delay or a retry's backoff.
	Delayed int
	// Oldest is how long the oldest ready message has been in the queue; zero
	// when none is ready.
	Oldest time.Duration
	// Capacity is the bound, or zero for none.
	Capacity int

	// Enqueued counts accepted messages; duplicates and refusals are not.
	Enqueued uint64
	// Delivered counts deliveries, redeliveries included.
	Delivered uint64
	// Acked counts deliveries ended by Ack.
	Acked uint64
	// Nacked counts deliveries ended by Nak or handed back.
	Nacked uint64
	// Terminated counts deliveries ended by Term.
	Terminated uint64
	// Expired counts messages whose TTL or deadline passed undelivered.
	Expired uint64
	// Dropped counts messages that overflow or Clear discarded.
	Dropped uint64
	// Rejected counts messages refused because the queue was full.
	Rejected uint64
	// Duplicates counts messages refused as already seen.
	Duplicates uint64
}

// Len returns how many messages wait for a consumer, over all levels.
func (s Stats) Len() int {
	n := 0
	for _, r := range s.Ready {
		n += r
	}
	return n
}
