package task

import (
	"context"
	"log/slog"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// Expired treats a task that the queue found expired, before any worker saw
// it, as late. Give it to the queue as its hook for expired messages.
func (p *Processor) Expired(ctx context.Context, m pitboss.Message[Work]) {
	ctx = correlation.With(ctx, m.CorrelationID)
	t := taskOf(&m)
	p.callLate(ctx, t)
	p.observe(ctx, Report{Outcome: Late, Task: t, Err: pitboss.ErrDeadlineMissed})
}

func (p *Processor) fault(ctx context.Context, err error) {
	if p.config.OnError != nil {
		p.config.OnError(ctx, err)
		return
	}
	slog.ErrorContext(ctx, "task trouble", "queue", p.config.Name, "error", err)
}
