package handler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/queue"
)

// BatchHandler does the work of several messages at once. Nil means that all
// are done, [Failures] that some are not, any other error that none is.
// Failures that are joined with another error, or name an index that the batch
// does not have, count as any other error: what they leave open is tried again
// rather than lost. The batch is never empty; it must not be kept after the
// handler returns.
type BatchHandler[T any] func(ctx context.Context, batch []*pitboss.Delivery[T]) error

// Failures tells which messages of a batch failed, by their index. The others
// are handled. Return it by [Failures.Err].
type Failures map[int]error

// Err returns f, or nil if nothing failed.
func (f Failures) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

func (f Failures) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d of the batch failed", len(f))
	for _, i := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&text, "; %d: %v", i, f[i])
	}
	return text.String()
}

// Unwrap returns the failures in the order of their indices.
func (f Failures) Unwrap() []error {
	errs := make([]error, 0, len(f))
	for _, i := range slices.Sorted(maps.Keys(f)) {
		errs = append(errs, f[i])
	}
	return errs
}

// BatchConsumer is a [Consumer] that collects messages and handles many at
// once. Each message still ends on its own: a partial failure retries what
// failed and acknowledges the rest. Queue and Handler are required. In keyed
// order a batch holds at most one message of a key, because the next must wait
// for it.
type BatchConsumer[T any] struct {
	Name    string
	Queue   pitboss.Queue[T]
	Handler BatchHandler[T]

	// Size is how many messages make a full batch, 65,536 at most. Zero: 100.
	Size int
	// Wait is how long the first message of a batch waits at most for the
	// others. Zero: 100 ms.
	Wait time.Duration
	// Timeout ends the handler's context. An error after that, other than
	// Failures, is a [TimeoutError]. Zero: none.
	Timeout time.Duration

	// The rest is as in [Consumer]. Fallback and OnError are called message by
	// message.
	Concurrency int
	Order       Order
	Retry       Backoff
	RetryFor    func(d *pitboss.Delivery[T]) Backoff
	OnRetry     OnRetry
	DeadLetters pitboss.DeadLetters[T]
	Fallback    pitboss.Handler[T]
	OnError     func(ctx context.Context, d *pitboss.Delivery[T], err error)
	Grace       time.Duration
}

const (
	defaultBatchSize = 100
	defaultBatchWait = 100 * time.Millisecond
)

// Run handles batches until ctx ends or the queue is closed and drained; see
// [Consumer.Run]. Messages collected but not yet handled when ctx ends go back
// to the queue.
func (b BatchConsumer[T]) Run(ctx context.Context) error {
	if err := b.Validate(); err != nil {
		return err
	}
	if b.Size == 0 {
		b.Size = defaultBatchSize
	}
	if b.Wait == 0 {
		b.Wait = defaultBatchWait
	}
	c := b.single()
	if err := c.prepare(); err != nil {
		return err
	}
	return runPool(ctx, c.Concurrency, c.Grace, func(i int) func(take, work context.Context) error {
		return (&batchWorker[T]{
			settler: newSettler(&c, i), take: takerOf(c.Queue), do: b.Handler,
			wait: b.Wait, timeout: b.Timeout,
			buffer: make([]pitboss.Delivery[T], b.Size),
			due:    make([]*pitboss.Delivery[T], 0, b.Size),
		}).run
	})
}

// Validate reports every fault of the configuration, joined. Run does so too.
func (b BatchConsumer[T]) Validate() error {
	var faults pitboss.FieldErrors
	if b.Handler == nil {
		faults.Add("handler", nil, "a handler")
	}
	if b.Size < 0 || b.Size > maxBatch {
		faults.Add("size", b.Size, fmt.Sprintf("zero (100) to %d", maxBatch))
	}
	if b.Wait < 0 {
		faults.Add("wait", b.Wait, "zero (100ms) or more")
	}
	if b.Timeout < 0 {
		faults.Add("timeout", b.Timeout, "zero (none) or more")
	}
	return errors.Join(faults.Err(), b.single().Validate())
}

// Dropped is [Consumer.Dropped].
func (b BatchConsumer[T]) Dropped(drop queue.Drop[T]) { b.single().Dropped(drop) }

// single is the consumer that b is but for taking messages in batches.
func (b BatchConsumer[T]) single() Consumer[T] {
	return Consumer[T]{
		Name: b.Name, Queue: b.Queue, Handler: Nothing[T], Concurrency: b.Concurrency, Order: b.Order,
		Retry: b.Retry, RetryFor: b.RetryFor, OnRetry: b.OnRetry, DeadLetters: b.DeadLetters,
		Fallback: b.Fallback, OnError: b.OnError, Grace: b.Grace,
	}
}

type batchWorker[T any] struct {
	*settler[T]
	take          taker[T]
	do            BatchHandler[T]
	wait, timeout time.Duration
	buffer        []pitboss.Delivery[T]
	collected     []pitboss.Delivery[T]  // the part of buffer in hand
	due           []*pitboss.Delivery[T] // the collected whose deadline is ahead
}

func (w *batchWorker[T]) run(take, work context.Context) error {
	// Not empty only when a handler ends its goroutine (runtime.Goexit).
	defer func() { w.handBackAll(work) }()
	for take.Err() == nil {
		err := w.collect(take)
		if take.Err() != nil {
			w.handBackAll(work)
			return nil
		}
		w.handle(work)
		clear(w.collected)
		w.collected = nil
		if done, err := ended(take, err); done {
			return err
		}
	}
	return nil
}

// collect fills a batch.
func (w *batchWorker[T]) collect(take context.Context) error {
	n, err := w.take(take, w.buffer)
	w.collected = w.buffer[:n]
	if err != nil || n == 0 || n == len(w.buffer) {
		return err
	}
	rest, cancel := context.WithTimeout(take, w.wait)
	defer cancel()
	for err == nil && n < len(w.buffer) {
		var more int
		more, err = w.take(rest, w.buffer[n:])
		n += more
		w.collected = w.buffer[:n]
	}
	if rest.Err() != nil && take.Err() == nil {
		return nil
	}
	return err
}

func (w *batchWorker[T]) handBackAll(ctx context.Context) {
	for i := range w.collected {
		w.handBack(ctx, &w.collected[i])
	}
	w.collected = nil
}

func (w *batchWorker[T]) handle(work context.Context) {
	start := time.Now()
	w.due = w.due[:0]
	for i := range w.collected {
		d := &w.collected[i]
		if !w.settled(correlation.FromMessage(work, d.CorrelationID, d.Headers), d, start) {
			w.due = append(w.due, d)
		}
	}
	if len(w.due) == 0 {
		return
	}
	err := w.call(work)
	took := time.Since(start)
	some, partial := failuresIn(err, len(w.due))
	for i, d := range w.due {
		failure := err
		if partial {
			failure = some[i]
		}
		w.settle(correlation.FromMessage(work, d.CorrelationID, d.Headers), work, d, start, took, failure)
	}
	clear(w.due)
}

// failuresIn returns the failures that err is, wrapped or not, if they account
// for a batch of n.
func failuresIn(err error, n int) (Failures, bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		some, ok := err.(Failures) //nolint:errorlint // errors.As would find them among joined errors, too
		if !ok {
			continue
		}
		for i := range some {
			if i < 0 || i >= n {
				return nil, false
			}
		}
		return some, true
	}
	return nil, false
}

// call runs the handler and turns a panic into an error.
func (w *batchWorker[T]) call(ctx context.Context) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicError(value)
		}
	}()
	if w.timeout == 0 {
		return w.do(ctx, w.due)
	}
	limited, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	err = w.do(limited, w.due)
	if err == nil || limited.Err() == nil || ctx.Err() != nil {
		return err
	}
	if _, partial := failuresIn(err, len(w.due)); partial {
		return err // it knows what was done in time
	}
	return &TimeoutError{After: w.timeout, Err: err}
}
