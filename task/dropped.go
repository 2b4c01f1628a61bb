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

// Dropped settles a task that the queue dropped by itself. One that expired
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
		if err := p.bury(ctx, drop); err != nil {
			p.fault(ctx, fmt.Errorf("dead letter of a dropped task %s: %w", r.Task.Type, err))
		}
	}
	p.observe(ctx, r)
}

// putTimeout bounds the writing of a dead letter, because the goroutine that
// writes it is a producer's or the queue's timer's.
const putTimeout = 5 * time.Second

func (p *Processor) bury(ctx context.Context, drop queue.Drop[Work]) (err error) {
	ctx, cancel := context.WithTimeout(ctx, putTimeout)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("dead letters panicked: %v", value)
		}
	}()
	return p.config.DeadLetters.Put(ctx, deadletter.FromDrop(p.config.Name, drop))
}

// fault tells what nobody else would see. A hook that panics must not change what
// becomes of a task, nor end whoever submits one.
func (p *Processor) fault(ctx context.Context, err error) {
	defer func() {
		if value := recover(); value != nil {
			slog.ErrorContext(ctx, "error hook panicked", "queue", p.config.Name, "panic", value, "about", err)
		}
	}()
	if p.config.OnError != nil {
		p.config.OnError(ctx, err)
		return
	}
	slog.ErrorContext(ctx, "task trouble", "queue", p.config.Name, "error", err)
}
