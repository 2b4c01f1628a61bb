package deadletter

import (
	"context"
	"maps"
	"strconv"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

// Origin puts a message back where it came from. It returns nil once the
// message is safe there. It must keep the message's ID and headers, by which
// the store recognises the message if it dies again. [Store.Run] puts back one
// message after the other, so an origin that blocks holds up those after it.
type Origin[T any] func(ctx context.Context, m pitboss.Message[T]) error

// Into is the origin that puts messages back into q.
func Into[T any](q pitboss.Queue[T]) Origin[T] {
	return func(ctx context.Context, m pitboss.Message[T]) error {
		_, err := q.Enqueue(ctx, m)
		return err
	}
}

// HeaderLetter carries, in a message that was put back, the ID of the entry
// that it left, so that it finds it again if it dies again.
const HeaderLetter = "Pitboss-Dead-Letter"

// resubmission returns the message to put back. Its delay has been served. Its
// ID is new, because a queue that dedupes knows the old one; it is the same
// each time the same retry is tried, because the queue may have taken the
// message and failed to say so.
func (r *record[T]) resubmission() pitboss.Message[T] {
	m := r.Message
	m.Delay = 0
	m.ID = r.idPrefix() + strconv.Itoa(r.Retries)
	headers := maps.Clone(m.Headers)
	if headers == nil {
		headers = make(map[string]string, 2)
	}
	headers[HeaderLetter] = r.ID
	// A message that was given up on starts over; a parked one goes on.
	delete(headers, handler.HeaderAttempts)
	if r.Parked {
		headers[handler.HeaderAttempts] = strconv.Itoa(r.used)
	}
	m.Headers = headers
	return m
}

// idPrefix begins the IDs of r's message when it is put back.
func (r *record[T]) idPrefix() string { return "dead-letter/" + r.ID + "/" }
