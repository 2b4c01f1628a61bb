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
	take  taker[T]
	batch []pitboss.Delivery[T]
	held  []pitboss.Delivery[T] // the part of batch that has not ended
	do    pitboss.Handler[T]
}

func newWorker[T any](c *Consumer[T], i int) *worker[T] {
	return &worker[T]{
		settler: newSettler(c, i),
		take:    takerOf(c.Queue),
		batch:   make([]pitboss.Delivery[T], c.Prefetch),
		do:      c.Handler,
	}
}

// taker waits for one message and takes as many more as the queue can give at
// once.
type taker[T any] func(ctx context.Context, into []pitboss.Delivery[T]) (int, error)

func takerOf[T any](q pitboss.Queue[T]) taker[T] {
	if q, ok := q.(pitboss.BatchQueue[T]); ok {
		return q.DequeueBatch
	}
	return func(ctx context.Context, into []pitboss.Delivery[T]) (int, error) {
		d, err := q.Dequeue(ctx)
		if err != nil {
			return 0, err
		}
		into[0] = d
		return 1, nil
	}
}

// run handles messages until take ends or the queue has no more. Handlers run
// under work.
func (w *worker[T]) run(take, work context.Context) error {
	// Not empty only when a handler ends its goroutine (runtime.Goexit).
	defer func() { w.handBackAll(work) }()
	// A queue may have a message for a context that has ended already.
	for take.Err() == nil {
		n, err := w.take(take, w.batch)
		for w.held = w.batch[:n]; len(w.held) > 0; w.held = w.held[1:] {
			d := &w.held[0]
			if len(w.held) < n && take.Err() != nil {
				w.handBack(work, d)
			} else {
				w.handle(work, d)
			}
			*d = pitboss.Delivery[T]{} // the payload must not outlive its message
		}
		if done, err := ended(take, err); done {
			return err
		}
	}
	return nil
}

// ended says whether an error of the queue is the end, and which error that is
// to Run's caller.
func ended(take context.Context, err error) (bool, error) {
	switch {
	case err == nil:
		return false, nil
	case take.Err() != nil, errors.Is(err, pitboss.ErrClosed):
		return true, nil //nolint:nilerr // both are how a consumer is told to stop
	}
	return true, err
}

func (w *worker[T]) handBackAll(ctx context.Context) {
	for i := range w.held {
		w.handBack(ctx, &w.held[i])
	}
	w.held = nil
}

func (w *worker[T]) handle(work context.Context, d *pitboss.Delivery[T]) {
	ctx := correlation.FromMessage(work, d.CorrelationID, d.Headers)
	start := time.Now()
	if w.settled(ctx, d, start) {
		return
	}
	d.TakenAt = start
	err := call(ctx, w.do, d)
	var took time.Duration
	if err != nil {
		took = time.Since(start)
	}
	w.settle(ctx, work, d, start, took, err)
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
