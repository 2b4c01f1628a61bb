package pitboss

import "time"

// Message is what moves through a queue. Its zero value, but for the payload,
// is an ordinary message: normal priority, due at once, kept for ever.
//
// A queue copies the struct, not what Payload and Headers point at: do not
// change those after Enqueue.
type Message[T any] struct {
	// Payload is what the message is about. Queues in memory never encode it.
	Payload T

	// Key names what must stay in order: messages of one key are handled one
	// at a time and in order when a consumer asks for keyed order. Empty: the
	// message is ordered against nothing.
	Key string

	// ID recognises a repeated message: within the queue's dedupe window a
	// second message of the same ID is not queued again. Empty: never a
	// duplicate.
	ID string

	// Topic is where the message was published, for routers. Queues ignore it.
	Topic string

	// CorrelationID ties together all that one cause brought about.
	CorrelationID string

	// Headers carry metadata across process borders, a trace context for
	// example. Nil is fine.
	Headers map[string]string

	// Priority is the message's level. The zero value is Normal.
	Priority Priority

	// Delay holds the message back after Enqueue, never shorter. Zero: none.
	Delay time.Duration

	// TTL is how long after Enqueue the message may still be delivered. Zero:
	// for ever.
	TTL time.Duration

	// Deadline is the moment after which handling the message is pointless.
	// Past it the message is never delivered. Zero: none.
	Deadline time.Time
}

// Validate reports every field that no queue can accept, joined. A nil error
// means the message is well-formed.
func (m *Message[T]) Validate() error {
	// The common case must cost next to nothing: it runs on every Enqueue.
	if m.Priority.Valid() && m.Delay >= 0 && m.TTL >= 0 {
		return nil
	}
	var faults FieldErrors
	if !m.Priority.Valid() {
		faults.Add("priority", int8(m.Priority), priorityAllowed)
	}
	if m.Delay < 0 {
		faults.Add("delay", m.Delay, "zero or more")
	}
	if m.TTL < 0 {
		faults.Add("ttl", m.TTL, "zero (for ever) or more")
	}
	return faults.Err()
}
