package gamestats

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/task"
)

type taskKey struct {
	task    string
	outcome task.Outcome
}

type taskMetrics struct {
	count    prometheus.Counter
	duration *histogram
}

// endedTask is what is counted of a task.
type endedTask struct {
	taskKey
	took time.Duration
}

// Task is a [task.Observer]: it counts what becomes of tasks in the end. Retries
// are on their way and not counted.
func (s *Stats) Task(_ context.Context, r task.Report) {
	switch r.Outcome {
	case task.Completed, task.Failed, task.Late:
		s.endedTasks.Add(&endedTask{taskKey{r.Task.Type, r.Outcome}, r.Duration})
	default:
	}
}

func (s *Stats) countTasks(list []endedTask) {
	for i := range list {
		s.countTask(&list[i])
	}
}

func (s *Stats) countTask(e *endedTask) {
	m := s.tasks.get(e.taskKey, taskKey{other, e.outcome}, func(k taskKey) taskMetrics {
		for _, o := range []task.Outcome{task.Completed, task.Failed, task.Late} {
			s.metrics.tasks.WithLabelValues(k.task, o.String()) // from zero, so that the first is an increase
		}
		return taskMetrics{
			s.metrics.tasks.WithLabelValues(k.task, k.outcome.String()), s.metrics.taskDuration.with(s.endedTasks, k.task),
		}
	})
	m.count.Inc()
	if e.took > 0 {
		m.duration.observe(e.took)
	}
}
