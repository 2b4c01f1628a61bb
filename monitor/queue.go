package monitor

import (
	"fmt"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
)

// Queue watches a queue: its figures are scraped under that name, and what is
// put into it carries the trace of its cause. Use what it returns in place of q;
// where there is nothing to add that is q itself. It fails if the name is empty
// or taken, and without a queue.
func Queue[T any](m *Monitor, name string, q pitboss.Queue[T]) (pitboss.Queue[T], error) {
	if q == nil {
		return nil, fmt.Errorf("monitor: %w", &pitboss.FieldError{Field: "queue", Value: nil, Allowed: "a queue"})
	}
	if inspector, ok := q.(pitboss.Inspector[T]); ok && m.stats != nil {
		if err := m.stats.Queue(name, inspector.Stats); err != nil {
			return nil, err
		}
	}
	if t := m.Tracer(); t != nil {
		return tracing.Queue(t, name, q), nil
	}
	return q, nil
}

// Handler watches the handling of a queue's messages: how long they waited, how
// long handling took and how it ended, and a span for each. Put it outermost.
func Handler[T any](m *Monitor, queue string) pitboss.Middleware[T] {
	var around []pitboss.Middleware[T]
	if t := m.Tracer(); t != nil {
		around = append(around, tracing.Handler[T](t, queue))
	}
	if m.stats != nil {
		around = append(around, gamestats.Handler[T](m.stats, queue))
	}
	return func(next pitboss.Handler[T]) pitboss.Handler[T] { return handler.Chain(next, around...) }
}
