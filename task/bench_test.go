package task_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/task"
)

// BenchmarkProcessor is the whole path of a bot's move: submit, run, report.
func BenchmarkProcessor(b *testing.B) {
	for _, bb := range []struct {
		name     string
		workers  int
		prefetch int
		observer task.Observer
	}{
		{"1-worker", 1, 1, nil},
		{"8-workers", 8, 1, nil},
		{"8-workers/prefetch-16", 8, 16, nil},
		{"8-workers/observed", 8, 1, func(context.Context, task.Report) {}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			p, err := task.New(task.Config{
				Workers: bb.workers, Prefetch: bb.prefetch, Observer: bb.observer,
				Memory: queue.Config[task.Work]{Capacity: 4096, Overflow: queue.Block},
			})
			if err != nil {
				b.Fatal(err)
			}
			var wg sync.WaitGroup
			if err := task.Register(p, "bot.move", func(context.Context, move) error {
				wg.Done()
				return nil
			}, task.Options{}); err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error)
			go func() { done <- p.Run(ctx) }()
			deadline := time.Now().Add(time.Hour)
			b.ReportAllocs()
			for b.Loop() {
				wg.Add(1)
				if err := p.Submit(ctx, task.Task{
					Type: "bot.move", Key: "room", Priority: pitboss.High, Deadline: deadline, Payload: move{2, "HORSE_RED"},
				}); err != nil {
					b.Fatal(err)
				}
			}
			wg.Wait()
			b.StopTimer()
			cancel()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		})
	}
}
