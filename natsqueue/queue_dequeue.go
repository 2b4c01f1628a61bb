package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// Dequeue is [queue.Memory.Dequeue]. It fails with [ErrFenced] once another
// owner has opened the queue.
func (q *Queue[T]) Dequeue(ctx context.Context) (pitboss.Delivery[T], error) {
	return q.dequeue(ctx, q.engine)
}

// DequeueBatch is [queue.Memory.DequeueBatch].
func (q *Queue[T]) DequeueBatch(ctx context.Context, into []pitboss.Delivery[T]) (int, error) {
	return q.dequeueBatch(ctx, q.engine, into)
}

// All is [queue.Memory.All].
func (q *Queue[T]) All(ctx context.Context) iter.Seq2[pitboss.Delivery[T], error] {
	return func(yield func(pitboss.Delivery[T], error) bool) {
		for {
			d, err := q.Dequeue(ctx)
			if errors.Is(err, pitboss.ErrClosed) && !errors.Is(err, ErrFenced) {
				return
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// Consumer is [queue.Consumer] of a durable queue.
type Consumer[T any] struct {
	queue *Queue[T]
	inner *queue.Consumer[*message[T]]
}

// Consumer returns a new consumer of q. Close it when it is no longer used.
func (q *Queue[T]) Consumer() *Consumer[T] { return &Consumer[T]{q, q.engine.Consumer()} }

// Dequeue is [queue.Consumer.Dequeue].
func (c *Consumer[T]) Dequeue(ctx context.Context) (pitboss.Delivery[T], error) {
	return c.queue.dequeue(ctx, c.inner)
}

// DequeueBatch is [queue.Consumer.DequeueBatch].
func (c *Consumer[T]) DequeueBatch(ctx context.Context, into []pitboss.Delivery[T]) (int, error) {
	return c.queue.dequeueBatch(ctx, c.inner, into)
}

// Close is [queue.Consumer.Close].
func (c *Consumer[T]) Close() int { return c.inner.Close() }

// engine is where deliveries come from.
type engine[T any] interface {
	Dequeue(ctx context.Context) (pitboss.Delivery[*message[T]], error)
	DequeueBatch(ctx context.Context, into []pitboss.Delivery[*message[T]]) (int, error)
}

func (q *Queue[T]) dequeue(ctx context.Context, from engine[T]) (pitboss.Delivery[T], error) {
	for {
		inner, err := from.Dequeue(ctx)
		if err != nil {
			return pitboss.Delivery[T]{}, q.fault(err)
		}
		d, ok, err := q.bind(ctx, &inner)
		if ok || err != nil {
			return d, err
		}
	}
}

func (q *Queue[T]) dequeueBatch(ctx context.Context, from engine[T], into []pitboss.Delivery[T]) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	inner := make([]pitboss.Delivery[*message[T]], len(into))
	for {
		taken, err := from.DequeueBatch(ctx, inner)
		if err != nil {
			return 0, q.fault(err)
		}
		n := 0
		for i := range taken {
			d, ok, err := q.bind(ctx, &inner[i])
			if err != nil {
				for j := i + 1; j < taken; j++ {
					_ = inner[j].Nak(0) // its lease may have ended, which comes to the same
				}
				if n > 0 {
					return n, nil
				}
				return 0, err
			}
			if ok {
				into[n] = d
				n++
			}
		}
		if n > 0 {
			return n, nil
		}
	}
}

// bind makes the engine's delivery the consumer's, once the log has the
// message. It reports false where the log never took it.
func (q *Queue[T]) bind(ctx context.Context, inner *pitboss.Delivery[*message[T]]) (d pitboss.Delivery[T], ok bool, err error) {
	m := inner.Payload
	ok, err = q.log.delivered(ctx, &m.item, inner.Attempt)
	if err != nil {
		_ = inner.Nak(0) // its lease may have ended, which comes to the same
		return d, false, fmt.Errorf("%s: %w", q.name, err)
	}
	if !ok {
		_ = inner.Term(pitboss.ReasonManual) // as above
		return d, false, nil
	}
	ender, token := inner.Bound()
	q.log.mu.Lock()
	if m.ender == nil {
		m.ender = ender // a message keeps its place in the engine, and so its ender
	}
	q.log.mu.Unlock()
	d = pitboss.Delivery[T]{
		Message: m.Message, Sequence: inner.Sequence, Attempt: inner.Attempt,
		EnqueuedAt: m.enqueuedAt, History: inner.History,
	}
	d.Bind(m, token)
	return d, true, nil
}

// Ack implements [pitboss.Ender].
func (m *message[T]) Ack(token uint64) error {
	if err := m.ender.Ack(token); err != nil {
		return err
	}
	m.queue.log.end(&m.item)
	return nil
}

// Term implements [pitboss.Ender].
func (m *message[T]) Term(token uint64, reason pitboss.Reason) error {
	if err := m.ender.Term(token, reason); err != nil {
		return err
	}
	m.queue.log.end(&m.item)
	return nil
}

// Nak implements [pitboss.Ender].
func (m *message[T]) Nak(token uint64, r pitboss.Retry) error {
	if err := m.ender.Nak(token, r); err != nil {
		return err
	}
	m.queue.log.back(&m.item, r)
	return nil
}

// Ended implements [pitboss.EndTeller].
func (m *message[T]) Ended(token uint64) bool {
	teller, ok := m.ender.(pitboss.EndTeller)
	return ok && teller.Ended(token)
}

// drop is told by the engine what left it unhandled.
func (q *Queue[T]) drop(d queue.Drop[*message[T]]) {
	m := d.Payload
	accepted, enqueuedAt := q.log.accepted(&m.item)
	if enqueuedAt.IsZero() {
		enqueuedAt = d.EnqueuedAt
	}
	if q.dropped != nil && accepted {
		q.dropped(queue.Drop[T]{
			Message: m.Message, Reason: d.Reason, Sequence: d.Sequence, Attempt: d.Attempt,
			EnqueuedAt: enqueuedAt, History: d.History,
		})
	}
	q.log.end(&m.item)
}

// OrderByKey is [queue.Memory.OrderByKey].
func (q *Queue[T]) OrderByKey() { q.engine.OrderByKey() }

// Stats is [queue.Memory.Stats]. The counters speak of the time since the queue
// was opened; what it held then counts as enqueued.
func (q *Queue[T]) Stats() pitboss.Stats {
	s := q.engine.Stats()
	s.Enqueued -= q.base
	s.Acked -= q.base
	return s
}

// Peek is [queue.Memory.Peek].
func (q *Queue[T]) Peek(n int) []pitboss.Message[T] {
	inner := q.engine.Peek(n)
	if inner == nil {
		return nil
	}
	messages := make([]pitboss.Message[T], len(inner))
	for i := range inner {
		messages[i] = inner[i].Payload.Message
	}
	return messages
}

// Clear is [queue.Memory.Clear].
func (q *Queue[T]) Clear() int { return q.engine.Clear() }

// Remaining is [queue.Memory.Remaining].
func (q *Queue[T]) Remaining() iter.Seq[pitboss.Delivery[T]] {
	return func(yield func(pitboss.Delivery[T]) bool) {
		for d := range q.engine.Remaining() {
			_, enqueuedAt := q.log.accepted(&d.Payload.item)
			out := pitboss.Delivery[T]{
				Message: d.Payload.Message, Sequence: d.Sequence, Attempt: d.Attempt,
				EnqueuedAt: enqueuedAt, History: d.History,
			}
			if !yield(out) {
				return
			}
		}
	}
}
