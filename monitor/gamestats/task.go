package gamestats

import (
	"context"

	"github.com/pitboss-dev/pitboss/task"
)

// Task is a [task.Observer]: it counts what becomes of tasks in the end. Retries
// are on their way and not counted.
func (s *Stats) Task(_ context.Context, r task.Report) {
	switch r.Outcome {
	case task.Completed, task.Failed, task.Late:
	default:
		return
	}
	k := taskKey{r.Task.Type, r.Outcome}
	m := s.tasks.get(k, taskKey{other, r.Outcome}, func(k taskKey) taskMetrics {
		for _, o := range []task.Outcome{task.Completed, task.Failed, task.Late} {
			s.metrics.tasks.WithLabelValues(k.task, o.String()) // from zero, so that the first is an increase
		}
		return taskMetrics{
			s.metrics.tasks.WithLabelValues(k.task, k.outcome.String()), s.metrics.taskDuration.with(k.task),
		}
	})
	m.count.Inc()
	if r.Duration > 0 {
		m.duration.observe(r.Duration)
	}
}
