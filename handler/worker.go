package handler

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// worker handles one message at a time. Its deliveries live in one slice that
// is filled again and again, so that a message costs no allocation here.
type worker[T any] struct {
	*settler[T]
	take  func(context.Context, []pitboss.Delivery[T]) (int, error)
	queue pitboss.Queue[T]
	batch []pitboss.Delivery[T]
	do    pitboss.Handler[T]
}

func newWorker[T any](c *Consumer[T], i int) *worker[T] {
	w := &worker[T]{
		settler: newSettler(c, i),
		queue:   c.Queue,
		batch:   make([]pitboss.Delivery[T], c.Prefetch),
		do:      c.Handler,
	}
	if q, ok := c.Queue.(pitboss.BatchQueue[T]); ok {
		w.take = q.DequeueBatch
	} else {
		w.take = w.takeOne
	}
	return w
}

func (w *worker[T]) takeOne(ctx context.Context, into []pitboss.Delivery[T]) (int, error) {
	d, err := w.queue.Dequeue(ctx)
	if err != nil {
		return 0, err
	}
	into[0] = d
	return 1, nil
}

// run handles messages until take ends or the queue has no more. Handlers run
// under work.
func (w *worker[T]) run(take, work context.Context) error {
	// A queue may have a message for a context that has ended already.
	for take.Err() == nil {
		n, err := w.take(take, w.batch)
		for i := range n {
			d := &w.batch[i]
			if i > 0 && take.Err() != nil {
				w.handBack(work, d)
			} else {
				w.handle(work, d)
			}
			*d = pitboss.Delivery[T]{} // the payload must not outlive its message
		}
		switch {
		case err == nil, take.Err() != nil:
		case errors.Is(err, pitboss.ErrClosed):
			return nil
		default:
			return err
		}
	}
	return nil
}

func (w *worker[T]) handle(work context.Context, d *pitboss.Delivery[T]) {
	ctx := correlation.With(work, d.CorrelationID)
	start := time.Now()
	if !d.Deadline.IsZero() && !start.Before(d.Deadline) {
		w.late(ctx, d, pitboss.Attempt{}, pitboss.ErrDeadlineMissed)
		return
	}
	if w.usedUp(d) {
		// The last attempt failed before, and then its dead letter did.
		last := d.History[len(d.History)-1]
		w.giveUp(ctx, d, pitboss.ReasonMaxRetries, pitboss.Attempt{}, errors.New(last.Error))
		return
	}
	err := call(ctx, w.do, d)
	switch {
	case err == nil:
		w.ack(ctx, d)
	case work.Err() != nil:
		// It failed because it was cut short, which says nothing about it.
		w.handBack(ctx, d)
	default:
		w.failed(ctx, d, pitboss.Attempt{
			Time: start, Duration: time.Since(start), Error: err.Error(), Worker: w.name,
		}, err)
	}
}

// call runs h and turns a panic into an error.
func call[T any](ctx context.Context, h pitboss.Handler[T], d *pitboss.Delivery[T]) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicError(value)
		}
	}()
	return h(ctx, d)
}

func workerName(consumer string, i int) string { return consumer + "/" + strconv.Itoa(i+1) }

func random() float64 { return rand.Float64() }
