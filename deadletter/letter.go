package deadletter

import (
	"errors"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// State is where an entry is in its life.
type State string

const (
	// Held entries wait for somebody, or for their scheduled retry.
	Held State = "held"
	// Retried entries were put back where they came from.
	Retried State = "retried"
	// Recovered entries were taken out by a person or a program.
	Recovered State = "recovered"
	// AnyState is for filters only.
	AnyState State = "any"
)

// Letter is an entry of a [Store]: the dead letter and what has become of it.
type Letter[T any] struct {
	// DeadLetter's RetryAt is when the store will put the message back by
	// itself; zero: it will not.
	pitboss.DeadLetter[T]
	State State
	// Parked says that the message was not given up on: its consumer parked it
	// here until its next attempt.
	Parked bool
	// Retries counts how often it was put back.
	Retries int
	// RetryError is why the last attempt to put it back failed, if it did.
	RetryError string
	// ResolvedAt is when it was retried or recovered; zero while it is held.
	ResolvedAt time.Time

	unread *unread // the payload of an earlier process; nil once it is decoded
}

// Entry returns the letter without its type.
func (l *Letter[T]) Entry() Entry {
	m := &l.Message
	e := Entry{
		ID: l.ID, Queue: l.Queue, Topic: m.Topic, Sequence: l.Sequence,
		Key: m.Key, MessageID: m.ID, Priority: m.Priority, Headers: m.Headers,
		Reason: l.Reason, Error: l.Error, Attempts: l.Attempts,
		EnqueuedAt: l.EnqueuedAt, At: l.At, Deadline: m.Deadline,
		CorrelationID: m.CorrelationID, TraceID: l.TraceID,
		State: l.State, Parked: l.Parked, Retries: l.Retries,
		RetryAt: l.RetryAt, RetryError: l.RetryError, ResolvedAt: l.ResolvedAt,
		Payload: m.Payload,
	}
	if l.unread != nil {
		e.Payload = l.unread.text
		if l.unread.lost != nil {
			e.Payload, e.PayloadError = nil, l.unread.lost.Error()
		}
	}
	return e
}

var (
	// ErrNotFound: no entry has this ID, or it is gone by now.
	ErrNotFound = errors.New("no such dead letter")
	// ErrResolved: the entry was disposed of in another way before.
	ErrResolved = errors.New("dead letter already disposed of")
	// ErrNoOrigin: the store was not told how to put messages back into this
	// queue.
	ErrNoOrigin = errors.New("no way back into the queue")
	// ErrNotEditable: the queue's payloads can only be put back as they were.
	ErrNotEditable = errors.New("this queue's payloads cannot be edited")
	// ErrNotRemovable: the archive can only purge by filter.
	ErrNotRemovable = errors.New("one dead letter cannot be purged by itself here")
)

// LetterError says which entry an operation failed on.
type LetterError struct {
	// Op is what was tried: get, retry, edit, recover or purge.
	Op string
	ID string
	// Err is why not. It matches [ErrNotFound], [ErrResolved], [ErrNoOrigin],
	// [ErrNotEditable], [pitboss.ErrInvalid], [pitboss.ErrDeadlineMissed], or what
	// the queue returned.
	Err error
}

func (e *LetterError) Error() string {
	return fmt.Sprintf("%s dead letter %s: %v", e.Op, e.ID, e.Err)
}

func (e *LetterError) Unwrap() error { return e.Err }
