package gamestats

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss"
)

// Handler measures a queue's messages from outside: how long they waited, and
// how long handling took and how it ended. Put it outermost. The wait is that
// of first deliveries, without the delay that the message asked for.
func Handler[T any](s *Stats, queue string) pitboss.Middleware[T] {
	wait := s.metrics.queueWait.WithLabelValues(queue)
	took := [2]prometheus.Observer{
		s.metrics.handlerDuration.WithLabelValues(queue, "ok"),
		s.metrics.handlerDuration.WithLabelValues(queue, "error"),
	}
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			begin := time.Now()
			if d.Attempt == 1 {
				wait.Observe(max(begin.Sub(d.EnqueuedAt)-d.Delay, 0).Seconds())
			}
			failed := 1 // unless it returns
			defer func() { took[failed].Observe(time.Since(begin).Seconds()) }()
			err := next(ctx, d)
			if err == nil {
				failed = 0
			}
			return err
		}
	}
}
