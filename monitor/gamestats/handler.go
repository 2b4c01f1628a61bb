package gamestats

import (
	"context"
	"math"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/intake"
)

// handling is what is measured of one.
type handling struct {
	wait   time.Duration // none of later deliveries
	took   time.Duration
	failed int // or 0
}

// laterDelivery is the wait that is not counted.
const laterDelivery = math.MinInt64

// Handler measures a queue's messages from outside: how long they waited, and
// how long handling took and how it ended. Put it outermost. The wait is that
// of first deliveries, without the delay that the message asked for.
func Handler[T any](s *Stats, queue string) pitboss.Middleware[T] {
	handled := s.handled(queue)
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			begin := d.TakenAt
			if begin.IsZero() {
				begin = time.Now()
			}
			h := handling{wait: laterDelivery, failed: 1} // unless it returns
			if d.Attempt == 1 {
				h.wait = begin.Sub(d.EnqueuedAt) - d.Delay
			}
			defer func() {
				h.took = time.Since(begin)
				handled.Add(&h)
			}()
			err := next(ctx, d)
			if err == nil {
				h.failed = 0
			}
			return err
		}
	}
}

// handled returns where the measures of a queue go: one place for all who handle
// its messages, because a histogram has one guard.
func (s *Stats) handled(queue string) *intake.Intake[handling] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if handled := s.handlings[queue]; handled != nil {
		return handled
	}
	var (
		wait *histogram
		took [2]*histogram
	)
	handled := intake.New(func(list []handling) {
		for i := range list {
			h := &list[i]
			if h.wait != laterDelivery {
				wait.observe(h.wait)
			}
			took[h.failed].observe(h.took)
		}
	})
	wait = s.metrics.queueWait.with(handled, queue)
	for i, result := range []string{"ok", "error"} {
		took[i] = s.metrics.handlerDuration.with(handled, queue, result)
	}
	s.handlings[queue] = handled
	return handled
}
