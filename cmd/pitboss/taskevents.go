package main

import (
	"context"
	"time"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/task"
)

// taskEvent makes an event of what became of a task. An attempt that will be
// followed by another is none.
func taskEvent(ctx context.Context, r task.Report) (e event.Event, ok bool) {
	switch r.Outcome {
	case task.Submitted:
		e.Type = event.TaskSubmitted
	case task.Completed:
		e.Type = event.TaskCompleted
	case task.Failed:
		e.Type = event.TaskFailed
	case task.Late:
		e.Type = event.TaskLate
	default:
		return e, false
	}
	e.Time = time.Now()
	e.CorrelationID, e.TraceID = correlation.From(ctx), correlation.TraceID(correlation.Trace(ctx))
	if r.Task.Type == liaptui.BotTask || r.Task.Type == archiveTask {
		e.Room = r.Task.Key
	}
	data := event.Work{
		Task: r.Task.Type, Attempt: r.Attempt, WaitedMS: milliseconds(r.Waited), DurationMS: milliseconds(r.Duration),
	}
	if r.Err != nil {
		data.Error = r.Err.Error()
	}
	e.Data = data
	return e, true
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// publishTask is a [task.Observer].
func (p *parts) publishTask(ctx context.Context, r task.Report) {
	e, ok := taskEvent(ctx, r)
	if !ok {
		return
	}
	// An event belongs to those who follow it from here on. Making room for them
	// by the dozen is quicker than for each.
	space := p.events.Get().(*[]event.Event)
	if len(*space) == 0 {
		*space = make([]event.Event, 32)
	}
	one := (*space)[:1:1]
	*space = (*space)[1:]
	p.events.Put(space)
	one[0] = e
	p.bus.Publish(one)
}
