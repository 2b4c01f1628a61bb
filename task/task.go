package task

import (
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Task is one piece of background work as it is submitted. Only Type is
// required.
type Task struct {
	// Type says what to do and chooses the function that does it.
	Type string
	// Payload is what to do it with. Its type is the one that Type was
	// registered with.
	Payload any

	// Key ties tasks together: a room, a player. With [handler.ByKey] the
	// tasks of one key run one at a time and in order.
	Key string
	// ID recognises a repeated task within the queue's dedupe window. Empty:
	// never a duplicate.
	ID string
	// Priority is how urgent the task is. The zero value is Normal.
	Priority pitboss.Priority
	// Delay holds the task back after Submit, never shorter. Zero: none.
	Delay time.Duration
	// TTL is how long after Submit the task may still start. Zero: for ever.
	TTL time.Duration
	// Deadline is the moment after which the task is pointless: it does not
	// start any more, and the context of a running one ends. Zero: none.
	Deadline time.Time
	// CorrelationID ties the task to its cause. Empty: the one that the context
	// of Submit carries, or else a fresh one.
	CorrelationID string
	// Headers carry metadata. The trace that the context of Submit carries is
	// added, if they hold none. Nil is fine.
	Headers map[string]string
}

// Work is what a task is about, as queues and dead letters carry it.
type Work struct {
	Type    string `json:"type"`
	Payload any    `json:"payload,omitempty"`
}

func (t *Task) message() pitboss.Message[Work] {
	return pitboss.Message[Work]{
		Payload: Work{Type: t.Type, Payload: t.Payload},
		Key:     t.Key, ID: t.ID, Topic: t.Type, CorrelationID: t.CorrelationID, Headers: t.Headers,
		Priority: t.Priority, Delay: t.Delay, TTL: t.TTL, Deadline: t.Deadline,
	}
}

func taskOf(m *pitboss.Message[Work]) Task {
	return Task{
		Type: m.Payload.Type, Payload: m.Payload.Payload,
		Key: m.Key, ID: m.ID, CorrelationID: m.CorrelationID, Headers: m.Headers,
		Priority: m.Priority, Delay: m.Delay, TTL: m.TTL, Deadline: m.Deadline,
	}
}
