package handler

import (
	"context"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Timeout ends the handler's context after limit, or at the message's own
// deadline if that comes first. A limit of zero leaves only the message's.
//
// The handler runs in the worker's own goroutine and is waited for. One that
// ignores its context overruns the limit and keeps its worker busy: that is
// visible, and better than a goroutine left behind that goes on working on a
// message that is being retried elsewhere. What the handler returns counts: nil
// is success however late, an error after the limit is a [TimeoutError].
func Timeout[T any](limit time.Duration) pitboss.Middleware[T] {
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			if limit <= 0 && d.Deadline.IsZero() {
				return next(ctx, d)
			}
			start := time.Now()
			end := d.Deadline
			if own := start.Add(limit); limit > 0 && (end.IsZero() || own.Before(end)) {
				end = own
			}
			c := &deadlineContext{Context: ctx, end: end}
			defer c.release()
			err := next(c, d)
			if err != nil && ctx.Err() == nil && c.Err() != nil {
				return &TimeoutError{After: end.Sub(start), Err: err}
			}
			return err
		}
	}
}

// deadlineContext is context.WithDeadline for handlers that return long before
// it: it makes the timer and the channel only when somebody asks for Done,
// which saves three of four allocations and most of the time.
type deadlineContext struct {
	context.Context //nolint:containedctx // it is a context itself, and this is its parent
	end             time.Time

	mu       sync.Mutex
	armed    context.Context //nolint:containedctx // what it becomes once somebody asks for Done
	cancel   context.CancelFunc
	released bool
}

// Deadline is the earlier of this one and the parent's.
func (c *deadlineContext) Deadline() (time.Time, bool) {
	if end, ok := c.Context.Deadline(); ok && end.Before(c.end) {
		return end, true
	}
	return c.end, true
}

func (c *deadlineContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed == nil {
		c.armed, c.cancel = context.WithDeadline(c.Context, c.end)
		if c.released {
			c.cancel()
		}
	}
	return c.armed.Done()
}

func (c *deadlineContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed != nil {
		return c.armed.Err()
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	if c.released {
		return context.Canceled
	}
	if !time.Now().Before(c.end) {
		return context.DeadlineExceeded
	}
	return nil
}

// Value asks the armed context where there is one, because package context
// finds its own kind by a private key and then needs no goroutine per child.
func (c *deadlineContext) Value(key any) any {
	c.mu.Lock()
	armed := c.armed
	c.mu.Unlock()
	if armed != nil {
		return armed.Value(key)
	}
	return c.Context.Value(key)
}

// release ends the context: the handler has returned.
func (c *deadlineContext) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = true
	if c.cancel != nil {
		c.cancel()
	}
}
