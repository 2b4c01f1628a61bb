package task

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// Config says how a [Processor] works.
type Config struct {
	// Name names the queue in dead letters. Empty: "tasks".
	Name string
	// Queue carries the tasks. A queue that drops messages by itself, because
	// they expired or it is full, should report them to [Processor.Dropped].
	// Nil: a priority queue of the processor's own, described by Memory.
	Queue pitboss.Queue[Work]
	// Memory describes the queue that is made where Queue is nil. Its name is
	// Name, and its Dropped hook is called after the processor has seen the
	// drop.
	Memory queue.Config[Work]
	// Workers is how many tasks run at a time. Zero: one per processor that Go
	// may use.
	Workers int
	// Prefetch is how many tasks a worker takes at once; see
	// [handler.Consumer]. Zero: one.
	Prefetch int
	// Order says whether tasks of one key wait for each other. The zero value
	// lets them run side by side.
	Order handler.Order
	// Retry says how often and when failed tasks are tried again, where their
	// type does not say otherwise. Zero: see [handler.Backoff].
	Retry handler.Backoff
	// OnRetry says what a task that waits for its next attempt does to the
	// later tasks of its key.
	OnRetry handler.OnRetry
	// DeadLetters takes the tasks that are given up on. Nil: they are ended and
	// reported.
	DeadLetters pitboss.DeadLetters[Work]
	// Late is called with each task whose deadline has passed, and thereby
	// disposes of it, where its type does not say otherwise. Nil: such tasks
	// are given up on as [pitboss.ReasonDeadline].
	Late func(ctx context.Context, t Task)
	// Observer is told what becomes of every task. Nil: nobody is.
	Observer Observer
	// Middleware goes around every task, outermost first. A task that it passes
	// over without an error is completed.
	Middleware []pitboss.Middleware[Work]
	// OnError is told of faults of the queue, the dead letters and the hooks,
	// which are not the outcome of any task. Nil: they are logged to
	// [slog.Default].
	OnError func(ctx context.Context, err error)
	// Grace is how long Run waits for running tasks after its context has
	// ended. Zero: see [handler.Consumer].
	Grace time.Duration
}

// Processor runs tasks. Its methods are safe for concurrent use.
type Processor struct {
	config Config
	run    pitboss.Handler[Work] // perform in its middleware, observed

	registering sync.Mutex
	kinds       atomic.Pointer[map[string]*kind]
}

// New makes a processor. It takes tasks at once and runs them from
// [Processor.Run] on. It fails with every fault of the configuration, joined.
func New(c Config) (*Processor, error) {
	if c.Name == "" {
		c.Name = "tasks"
	}
	p := &Processor{config: c}
	p.kinds.Store(&map[string]*kind{})
	p.run = p.observed(handler.Chain(p.perform, c.Middleware...))
	var faults pitboss.FieldErrors
	if c.Queue == nil {
		own, err := queue.NewPriority(p.memory())
		if err != nil {
			faults = append(faults, fmt.Errorf("memory: %w", err))
		}
		p.config.Queue = own
	}
	if c.Workers < 0 {
		faults.Add("workers", c.Workers, "zero (one per processor) or more")
		p.config.Workers = 0 // a consumer calls it something else
	}
	if err := errors.Join(faults.Err(), p.consumer().Validate()); err != nil {
		return nil, fmt.Errorf("task processor %q: %w", c.Name, err)
	}
	return p, nil
}

// memory describes the processor's own queue.
func (p *Processor) memory() queue.Config[Work] {
	c := p.config.Memory
	c.Name = p.config.Name
	reported := c.Dropped
	c.Dropped = func(d queue.Drop[Work]) {
		p.Dropped(d)
		if reported != nil {
			reported(d)
		}
	}
	return c
}

// Submit queues a task. It fails as [pitboss.Queue.Enqueue] does, and with a
// [pitboss.FieldError] if the task has no type or its payload is not of the
// type that was registered. A type that is not registered is accepted: it may
// be by the time the task runs.
func (p *Processor) Submit(ctx context.Context, t Task) error {
	if t.Type == "" {
		return &pitboss.FieldError{Field: "type", Value: "", Allowed: "a name"}
	}
	if k := p.kind(t.Type); k != nil && !k.accepts(t.Payload) {
		return &pitboss.FieldError{Field: "payload", Value: fmt.Sprintf("%T", t.Payload), Allowed: k.payload}
	}
	if t.CorrelationID == "" {
		ctx, t.CorrelationID = correlation.Ensure(ctx)
	}
	t.Headers = correlation.Headers(ctx, t.Headers)
	receipt, err := p.config.Queue.Enqueue(ctx, t.message())
	if err != nil {
		return fmt.Errorf("submit task %s: %w", t.Type, err)
	}
	if p.config.Observer != nil && !receipt.Duplicate {
		p.observe(correlation.With(ctx, t.CorrelationID), Report{Outcome: Submitted, Task: t})
	}
	return nil
}

// Run works until ctx ends or the processor is closed and drained; see
// [handler.Consumer.Run].
func (p *Processor) Run(ctx context.Context) error { return p.consumer().Run(ctx) }

func (p *Processor) consumer() handler.Consumer[Work] {
	c := &p.config
	return handler.Consumer[Work]{
		Name: c.Name, Queue: c.Queue, Handler: p.run,
		Concurrency: c.Workers, Prefetch: c.Prefetch, Order: c.Order,
		Retry: c.Retry, RetryFor: p.retryFor, OnRetry: c.OnRetry,
		DeadLetters: c.DeadLetters, Fallback: p.late, OnError: p.failed,
		Grace: c.Grace,
	}
}

// Close stops the intake, lets Run finish what is due, until ctx ends, and
// thereby ends Run. What is delayed or waits for its next attempt may be left;
// see the queue's Close.
func (p *Processor) Close(ctx context.Context) error { return p.config.Queue.Close(ctx) }

// Queue returns the queue that carries the tasks.
func (p *Processor) Queue() pitboss.Queue[Work] { return p.config.Queue }

func (p *Processor) retryFor(d *pitboss.Delivery[Work]) handler.Backoff {
	if k := p.kind(d.Payload.Type); k != nil && k.Retry != nil {
		return *k.Retry
	}
	return p.config.Retry
}

// perform runs one task.
func (p *Processor) perform(ctx context.Context, d *pitboss.Delivery[Work]) error {
	k := p.kind(d.Payload.Type)
	if k == nil {
		return fmt.Errorf("task type %q: %w", d.Payload.Type, pitboss.ErrNoHandler)
	}
	return k.run(ctx, d)
}

// observed tells of success. It stands outside the middleware, which has the last
// word on what is one.
func (p *Processor) observed(run pitboss.Handler[Work]) pitboss.Handler[Work] {
	if p.config.Observer == nil {
		return run
	}
	return func(ctx context.Context, d *pitboss.Delivery[Work]) error {
		start := time.Now()
		err := run(ctx, d)
		if err == nil {
			p.observe(ctx, Report{
				Outcome: Completed, Task: taskOf(&d.Message), Attempt: attempts(d),
				Waited: start.Sub(d.EnqueuedAt), Duration: time.Since(start),
			})
		}
		return err
	}
}

// attempts counts those before a parking, too, as the consumer's errors do.
func attempts(d *pitboss.Delivery[Work]) int { return handler.UsedAttempts(d.Headers) + d.Attempt }

// late disposes of a task whose deadline has passed.
func (p *Processor) late(ctx context.Context, d *pitboss.Delivery[Work]) error {
	if !p.callLate(ctx, taskOf(&d.Message)) {
		return pitboss.ErrDeadlineMissed
	}
	p.observe(ctx, Report{
		Outcome: Late, Task: taskOf(&d.Message), Attempt: attempts(d),
		Waited: time.Since(d.EnqueuedAt), Err: pitboss.ErrDeadlineMissed,
	})
	return nil
}

func (p *Processor) callLate(ctx context.Context, t Task) bool {
	late := p.config.Late
	if k := p.kind(t.Type); k != nil && k.Late != nil {
		late = k.Late
	}
	if late == nil {
		return false
	}
	// A hook that panics has not disposed of the task.
	defer p.guard(ctx, "late hook")
	late(ctx, t)
	return true
}

// failed translates what the consumer reports.
func (p *Processor) failed(ctx context.Context, d *pitboss.Delivery[Work], err error) {
	r := Report{Task: taskOf(&d.Message), Err: err}
	var again *handler.RetryError
	var given *handler.GivenUpError
	switch {
	case errors.As(err, &again):
		r.Outcome, r.Attempt, r.Duration = Retried, again.Number, again.Attempt.Duration
		r.Waited = waited(d, again.Attempt)
	case errors.As(err, &given):
		r.Outcome, r.Attempt, r.Duration = Failed, given.Number, given.Attempt.Duration
		r.Waited = waited(d, given.Attempt)
		if given.Reason == pitboss.ReasonDeadline {
			r.Outcome = Late
		}
	default:
		p.fault(ctx, err)
		return
	}
	p.observe(ctx, r)
}

func waited(d *pitboss.Delivery[Work], a pitboss.Attempt) time.Duration {
	if a.Time.IsZero() {
		return time.Since(d.EnqueuedAt)
	}
	return a.Time.Sub(d.EnqueuedAt)
}

// observe tells the observer, which must not be able to change the outcome.
func (p *Processor) observe(ctx context.Context, r Report) {
	if p.config.Observer == nil {
		return
	}
	defer p.guard(ctx, "observer")
	p.config.Observer(ctx, r)
}

func (p *Processor) guard(ctx context.Context, hook string) {
	if value := recover(); value != nil {
		p.fault(ctx, fmt.Errorf("%s panicked: %v", hook, value))
	}
}
