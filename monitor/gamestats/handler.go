package gamestats

import (
	"context"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Handler measures a queue's messages from outside: how long they waited, and
// how long handling took and how it ended. Put it outermost. The wait is that
// of first deliveries, without the delay that the message asked for.
func Handler[T any](s *Stats, queue string) pitboss.Middleware[T] {
	wait := s.metrics.queueWait.with(queue)
	took := [2]*histogram{
		s.metrics.handlerDuration.with(queue, "ok"),
		s.metrics.handlerDuration.with(queue, "error"),
	}
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			begin := d.TakenAt
			if begin.IsZero() {
				begin = time.Now()
			}
			if d.Attempt == 1 {
				wait.observe(begin.Sub(d.EnqueuedAt) - d.Delay)
			}
			failed := 1 // unless it returns
			defer func() { took[failed].observe(time.Since(begin)) }()
			err := next(ctx, d)
			if err == nil {
				failed = 0
			}
			return err
		}
	}
}
