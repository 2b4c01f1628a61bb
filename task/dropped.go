package task

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/queue"
)

// Dropped treats a task that the queue dropped by itself. One that expired
// before any worker saw it is late; the others have failed, and unless somebody
// dropped them on purpose ([pitboss.ReasonManual]) they go to the dead letters.
// Give it to [queue.Config.Dropped] of a queue that is not the processor's own.
func (p *Processor) Dropped(drop queue.Drop[Work]) {
	ctx := correlation.FromMessage(context.Background(), drop.CorrelationID, drop.Headers)
	r := Report{
		Outcome: Failed, Task: taskOf(&drop.Message), Attempt: drop.Attempt,
		Waited: time.Since(drop.EnqueuedAt), Err: fmt.Errorf("dropped by the queue: %s", drop.Reason),
	}
	disposed := drop.Reason == pitboss.ReasonManual
	if drop.Reason == pitboss.ReasonDeadline || drop.Reason == pitboss.ReasonTTL {
		r.Outcome, r.Err = Late, pitboss.ErrDeadlineMissed
		disposed = p.callLate(ctx, r.Task)
	}
	if !disposed && p.config.DeadLetters != nil {
		if err := p.config.DeadLetters.Put(ctx, deadletter.FromDrop(p.config.Name, drop)); err != nil {
			p.fault(ctx, fmt.Errorf("dead letter of a dropped task %s: %w", r.Task.Type, err))
		}
	}
	p.observe(ctx, r)
}

func (p *Processor) fault(ctx context.Context, err error) {
	if p.config.OnError != nil {
		p.config.OnError(ctx, err)
		return
	}
	slog.ErrorContext(ctx, "task trouble", "queue", p.config.Name, "error", err)
}
