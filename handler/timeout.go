package handler

import (
	"context"
	"time"

	"github.com/pitboss-dev/pitboss"
)

var errTimeout = context.DeadlineExceeded

// Timeout ends the handler's context after limit, or at the message's own
// deadline if that comes first. A limit of zero leaves only the message's.
//
// The handler runs in the worker's own goroutine and is waited for. One that
// ignores its context overruns the limit and keeps its worker busy: that is
// visible, and better than a goroutine left behind that goes on working on a
// message which is being retried elsewhere. What the handler returns counts:
// nil is success however late, an error after the limit is a [TimeoutError].
func Timeout[T any](limit time.Duration) pitboss.Middleware[T] {
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			end := d.Deadline
			if limit > 0 {
				if own := time.Now().Add(limit); end.IsZero() || own.Before(end) {
					end = own
				}
			}
			if end.IsZero() {
				return next(ctx, d)
			}
			limited, cancel := context.WithDeadline(ctx, end)
			defer cancel()
			err := next(limited, d)
			if err != nil && ctx.Err() == nil && limited.Err() != nil {
				return &TimeoutError{After: limit, Err: err}
			}
			return err
		}
	}
}
