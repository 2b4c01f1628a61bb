package handler

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Consumer takes messages from a queue and hands them to a handler. It is a
// plain value of configuration: fill it in and call [Consumer.Run]. Queue and
// Handler are required; every other field has a working zero value.
type Consumer[T any] struct {
	// Name is the queue's name in dead letters, and names the workers in
	// attempts. Empty: what the queue's own Name method says, or "queue".
	Name string

	// Queue is where the messages come from.
	Queue pitboss.Queue[T]

	// Handler does the work. It is called from Concurrency goroutines.
	Handler pitboss.Handler[T]

	// Concurrency is how many messages are handled at a time, 65,536 at most.
	// Zero: one per processor that Go may use.
	Concurrency int

	// Prefetch is how many messages a worker takes from the queue at once,
	// where the queue is a [pitboss.BatchQueue]. More than one saves trips
	// through the queue's lock and suits handlers of microseconds: a message
	// that was taken waits behind its predecessors of the same batch, even if
	// another worker is idle, and urgent messages do not overtake it. Keyed
	// order holds in any case. At most 65,536. Zero: one.
	Prefetch int

	// Order says whether messages of one key wait for each other.
	Order Order

	// Retry says how often and when failed messages are tried again.
	Retry Backoff

	// RetryFor chooses another policy than Retry by message, for queues that
	// carry several kinds of work. It is asked after a failure only. Nil: Retry
	// holds for all.
	RetryFor func(d *pitboss.Delivery[T]) Backoff

	// OnRetry says what a message that waits for its next attempt does to the
	// later messages of its key.
	OnRetry OnRetry

	// DeadLetters takes the messages that are given up on, before they are
	// ended. Nil: they are ended and reported to OnError. What the queue drops
	// by itself reaches it through [Consumer.Dropped].
	DeadLetters pitboss.DeadLetters[T]

	// Fallback runs instead of the handler when a message's deadline has
	// passed, or would pass before the next attempt. If it succeeds, the
	// message is handled; if it fails or is nil, the message is given up on as
	// [pitboss.ReasonDeadline]. Its context is free of the deadline. For what
	// expires before a consumer has it, see [Consumer.Dropped].
	Fallback pitboss.Handler[T]

	// OnError is told of every failure, one at a time per worker, after the
	// fact: by a [RetryError] or a [GivenUpError] around the handler's own
	// error, or by a [DeadLetterError] or an [EndError] when dead letters or
	// queue refuse. It must not keep the delivery or end it. Nil: what would go
	// unseen otherwise, a message given up on without dead letters and faults of
	// queue and dead letters, is logged to [slog.Default].
	OnError func(ctx context.Context, d *pitboss.Delivery[T], err error)

	// Grace is how long Run waits for running handlers after its context has
	// ended, before it ends their contexts too. Zero: 10 s.
	Grace time.Duration
}

const (
	defaultGrace = 10 * time.Second

	// Both are far above what is useful. Beyond them a slip of the pen would end
	// the process for want of memory.
	maxWorkers = 1 << 16
	maxBatch   = 1 << 16
)

// Run handles messages until ctx ends or the queue is closed and drained.
//
// When ctx ends it takes no more messages, lets the running handlers finish,
// and returns nil. Their contexts keep the values of ctx but end only after
// Grace; what fails from then on goes back to the queue as if it had never
// been delivered. A handler that does not return within another second is left
// behind, because Go has no way to stop it: Run then returns an error matching
// [pitboss.ErrUndrained] that says how many there are, and their messages stay
// in flight until they return, so that none is handled twice at the same time.
//
// A queue that fails otherwise ends Run with its error, in the same manner.
// Faults of the configuration are returned at once, all together.
func (c Consumer[T]) Run(ctx context.Context) error {
	if err := c.prepare(); err != nil {
		return err
	}
	return runPool(ctx, c.Concurrency, c.Grace, func(i int) func(take, work context.Context) error {
		return newWorker(&c, i).run
	})
}

// Validate reports every fault of the configuration, joined. Run does so too.
func (c Consumer[T]) Validate() error {
	var faults pitboss.FieldErrors
	if c.Queue == nil {
		faults.Add("queue", nil, "a queue")
	}
	if c.Handler == nil {
		faults.Add("handler", nil, "a handler")
	}
	if c.Concurrency < 0 || c.Concurrency > maxWorkers {
		faults.Add("concurrency", c.Concurrency, fmt.Sprintf("zero (one per processor) to %d", maxWorkers))
	}
	if c.Prefetch < 0 || c.Prefetch > maxBatch {
		faults.Add("prefetch", c.Prefetch, fmt.Sprintf("zero (one) to %d", maxBatch))
	}
	if c.Order > ByKey {
		faults.Add("order", c.Order, "AnyOrder or ByKey")
	}
	if c.OnRetry > Park {
		faults.Add("on_retry", c.OnRetry, "Hold, Pass or Park")
	}
	if c.OnRetry == Park && c.DeadLetters == nil {
		faults.Add("dead_letters", nil, "a store, because OnRetry is Park")
	}
	if c.Grace < 0 {
		faults.Add("grace", c.Grace, "zero (10s) or more")
	}
	_, ordered := c.Queue.(pitboss.KeyOrderer)
	if c.Order == ByKey && c.Queue != nil && !ordered {
		faults.Add("order", c.Order, fmt.Sprintf("AnyOrder, because a %T cannot keep order by key", c.Queue))
	}
	if err := c.Retry.Validate(); err != nil {
		faults = append(faults, err)
	}
	if err := faults.Err(); err != nil {
		return fmt.Errorf("consumer %q: %w", c.name(), err)
	}
	return nil
}

// prepare checks the configuration, fills in what was left empty and puts the
// queue in order.
func (c *Consumer[T]) prepare() error {
	if err := c.Validate(); err != nil {
		return err
	}
	c.Name = c.name()
	if c.Concurrency == 0 {
		c.Concurrency = runtime.GOMAXPROCS(0)
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	c.Prefetch = max(c.Prefetch, 1)
	c.Retry = c.Retry.withDefaults()
	if orderer, ok := c.Queue.(pitboss.KeyOrderer); ok && c.Order == ByKey {
		orderer.OrderByKey()
	}
	return nil
}

// name is what the queue is called in dead letters.
func (c *Consumer[T]) name() string {
	if c.Name != "" {
		return c.Name
	}
	if named, ok := c.Queue.(interface{ Name() string }); ok && named.Name() != "" {
		return named.Name()
	}
	return "queue"
}
