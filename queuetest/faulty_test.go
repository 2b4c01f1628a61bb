package queuetest_test

import (
	"context"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// loses says of every fiftieth message that it was queued.
type loses struct {
	*queue.Memory[string]
	n atomic.Uint64
}

func (q *loses) Enqueue(ctx context.Context, m pitboss.Message[string]) (pitboss.Receipt, error) {
	if n := q.n.Add(1); n%50 == 0 {
		return pitboss.Receipt{Sequence: n}, nil
	}
	return q.Memory.Enqueue(ctx, m)
}

// shuffles puts every tenth message before those that wait.
type shuffles struct {
	*queue.Memory[string]
	n atomic.Uint64
}

func (q *shuffles) Enqueue(ctx context.Context, m pitboss.Message[string]) (pitboss.Receipt, error) {
	if q.n.Add(1)%10 == 0 {
		m.Priority = pitboss.Critical
	}
	return q.Memory.Enqueue(ctx, m)
}

// changes does something to every message.
type changes struct {
	*queue.Memory[string]
	change func(m *pitboss.Message[string])
}

func (q *changes) Enqueue(ctx context.Context, m pitboss.Message[string]) (pitboss.Receipt, error) {
	q.change(&m)
	return q.Memory.Enqueue(ctx, m)
}

// endsTwice takes every end for the first.
type endsTwice struct{ *queue.Memory[string] }

func (q *endsTwice) Dequeue(ctx context.Context) (pitboss.Delivery[string], error) {
	d, err := q.Memory.Dequeue(ctx)
	if ender, token := d.Bound(); ender != nil {
		d.Bind(obliging{ender}, token)
	}
	return d, err
}

type obliging struct{ pitboss.Ender }

func (o obliging) Ack(token uint64) error {
	_ = o.Ender.Ack(token)
	return nil
}

// deaf does not look at a consumer's context.
type deaf struct{ *queue.Memory[string] }

func (q *deaf) Dequeue(ctx context.Context) (pitboss.Delivery[string], error) {
	return q.Memory.Dequeue(context.WithoutCancel(ctx))
}

// tacit does not say what a close leaves behind.
type tacit struct{ *queue.Memory[string] }

func (q *tacit) Close(ctx context.Context) error {
	_ = q.Memory.Close(ctx)
	return nil
}

// miscounts forgets to count what was terminated.
type miscounts struct{ *queue.Memory[string] }

func (q *miscounts) Stats() pitboss.Stats {
	s := q.Memory.Stats()
	s.Terminated = 0
	return s
}
