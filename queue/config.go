package queue

import (
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Overflow says what a full queue does with one message more.
type Overflow uint8

// The strategies.
const (
	// Reject refuses the message with a [FullError].
	Reject Overflow = iota
	// DropOldest discards the message of the lowest level that has been ready
	// for longest, and reports it. It refuses, like Reject, when nothing is
	// ready: what is delayed or in flight is never dropped.
	DropOldest
	// Block waits until there is room, the context ends or the queue closes.
	// Waiting producers are served in the order in which they came.
	Block
)

// String returns reject, drop-oldest or block.
func (o Overflow) String() string {
	switch o {
	case Reject:
		return "reject"
	case DropOldest:
		return "drop-oldest"
	case Block:
		return "block"
	}
	return fmt.Sprintf("overflow(%d)", uint8(o))
}

// Config describes a queue. Its zero value is an unbounded queue without
// redelivery timeout, dedupe or reports.
type Config[T any] struct {
	// Name stands in errors and in the dead letters of consumers that have no name
	// of their own. Empty: "queue".
	Name string

	// Capacity bounds the messages that the queue holds: ready, delayed and in
	// flight together, so that a message handed back always finds its place.
	// Zero: no bound.
	Capacity int

	// Overflow is what happens beyond Capacity. Zero: [Reject].
	Overflow Overflow

	// Visibility is how long a consumer may keep a delivery. After that the
	// message comes back, and the consumer's end of it is refused with
	// [pitboss.ErrEnded]. Zero: deliveries never come back by themselves.
	Visibility time.Duration

	// DedupeWindow is how long the queue recognises a repeated
	// [pitboss.Message.ID], counted from when the first was accepted. Zero:
	// IDs are not looked at.
	DedupeWindow time.Duration

	// DedupeLimit bounds the IDs remembered; beyond it the oldest is forgotten
	// before its window ends. Zero: 65,536.
	DedupeLimit int

	// Ageing makes a waiting message rise one level per this much waiting, so
	// that nothing starves under a load of more urgent messages. Zero: levels
	// are strict. Priority queues only.
	Ageing time.Duration

	// EarliestDeadlineFirst orders the messages of one level by their
	// deadline; those without one come last. Priority queues only.
	EarliestDeadlineFirst bool

	// OrderByKey switches keyed order on from the start; see
	// [Memory.OrderByKey].
	OrderByKey bool

	// Dropped is told of every message that leaves the queue without having
	// been ended by a consumer: expired, pushed out by overflow, or cleared.
	// It is called without any lock held, by the goroutine that caused it (a
	// producer, a consumer, the caller of Clear, or the queue's timer), after
	// the message has left. It may use the queue, but Close waits for it, so
	// it must not close the queue. A panic in it is logged to [slog.Default] and
	// changes nothing else. Nil: the counters alone tell.
	Dropped func(Drop[T])
}

// Drop is a message that left its queue without being handled.
type Drop[T any] struct {
	pitboss.Message[T]

	// Reason is [pitboss.ReasonTTL], [pitboss.ReasonDeadline],
	// [pitboss.ReasonOverflow] or [pitboss.ReasonManual].
	Reason pitboss.Reason
	// Sequence was its place in the queue's order of arrival.
	Sequence uint64
	// Attempt counts the deliveries it had.
	Attempt int
	// EnqueuedAt is when the queue accepted it.
	EnqueuedAt time.Time
	// History holds its failed attempts, oldest first.
	History []pitboss.Attempt
}

const defaultDedupeLimit = 1 << 16

func (c *Config[T]) validate(priorities bool) error {
	var faults pitboss.FieldErrors
	if c.Capacity < 0 {
		faults.Add("capacity", c.Capacity, "zero (no bound) or more")
	}
	if c.Overflow > Block {
		faults.Add("overflow", c.Overflow, "reject, drop-oldest or block")
	}
	if c.Overflow != Reject && c.Capacity == 0 {
		faults.Add("capacity", c.Capacity, "one or more with overflow "+c.Overflow.String())
	}
	if c.Visibility < 0 {
		faults.Add("visibility", c.Visibility, "zero (for ever) or more")
	}
	if c.DedupeWindow < 0 {
		faults.Add("dedupe_window", c.DedupeWindow, "zero (no dedupe) or more")
	}
	if c.DedupeLimit < 0 {
		faults.Add("dedupe_limit", c.DedupeLimit, "zero (65,536) or more")
	}
	if c.Ageing < 0 || c.Ageing > 0 && !priorities {
		faults.Add("ageing", c.Ageing, "zero, or more for a priority queue")
	}
	if c.EarliestDeadlineFirst && !priorities {
		faults.Add("earliest_deadline_first", true, "false for a FIFO queue")
	}
	return faults.Err()
}

// FullError is the refusal of a full queue. It matches [pitboss.ErrFull].
type FullError struct {
	Queue    string
	Capacity int
}

// Error names the queue and says what can be done.
func (e *FullError) Error() string {
	return fmt.Sprintf("%s: %v: %d messages; try again later, raise the capacity or choose another overflow",
		e.Queue, pitboss.ErrFull, e.Capacity)
}

// Unwrap makes every FullError match [pitboss.ErrFull].
func (e *FullError) Unwrap() error { return pitboss.ErrFull }
