package bench

import (
	"context"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

func bounded(tb testing.TB) *queue.Memory[action] {
	tb.Helper()
	q, err := queue.NewFIFO(queue.Config[action]{Capacity: window, Overflow: queue.Block})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := q.Close(context.WithoutCancel(tb.Context())); err != nil {
			tb.Error(err)
		}
	})
	return q
}

func pitbossLane(tb testing.TB) lane {
	tb.Helper()
	q := bounded(tb)
	return lane{send: one(q), receive: func(ctx context.Context, n int) error {
		for range n {
			d, err := q.Dequeue(ctx)
			if err != nil {
				return err
			}
			if err := d.Ack(); err != nil {
				return err
			}
		}
		return nil
	}}
}

// pitbossPrefetchLane sends one by one and takes up to 16, as a consumer with
// that Prefetch does.
func pitbossPrefetchLane(tb testing.TB) lane {
	tb.Helper()
	q := bounded(tb)
	return lane{send: one(q), receive: take(q, 16)}
}

func pitbossBatchLane(tb testing.TB) lane {
	tb.Helper()
	const batch = 64
	q := bounded(tb)
	return lane{receive: take(q, batch), send: func(ctx context.Context, n int) error {
		messages := make([]pitboss.Message[action], batch)
		for i := range messages {
			messages[i].Payload = move
		}
		for n > 0 {
			sent, err := q.EnqueueBatch(ctx, messages[:min(n, batch)])
			if err != nil {
				return err
			}
			n -= sent
		}
		return nil
	}}
}

// one sends one by one.
func one(q *queue.Memory[action]) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		for range n {
			if _, err := q.Enqueue(ctx, pitboss.Message[action]{Payload: move}); err != nil {
				return err
			}
		}
		return nil
	}
}

// take takes and acknowledges up to so many at a time.
func take(q *queue.Memory[action], batch int) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		deliveries := make([]pitboss.Delivery[action], batch)
		for n > 0 {
			taken, err := q.DequeueBatch(ctx, deliveries[:min(n, batch)])
			if err != nil {
				return err
			}
			if err := pitboss.AckBatch(deliveries[:taken]); err != nil {
				return err
			}
			n -= taken
		}
		return nil
	}
}
