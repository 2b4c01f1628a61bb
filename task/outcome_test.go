package task_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/task"
)

// Middleware has the last word on what a task came to, and the observer is told
// exactly that.
func TestMiddlewareDecidesTheOutcome(t *testing.T) {
	refuse := func(next pitboss.Handler[task.Work]) pitboss.Handler[task.Work] {
		return func(ctx context.Context, d *pitboss.Delivery[task.Work]) error {
			return errors.Join(next(ctx, d), errors.New("not written down"))
		}
	}
	for name, tt := range map[string]struct {
		middleware pitboss.Middleware[task.Work]
		result     error
		want       task.Outcome
	}{
		"forgives": {
			handler.ErrorHook(func(context.Context, *pitboss.Delivery[task.Work], error) error { return nil }),
			errors.New("no"), task.Completed,
		},
		"passes over": {
			handler.Filter(func(*pitboss.Delivery[task.Work]) bool { return false }), errors.New("not reached"), task.Completed,
		},
		"refuses": {refuse, nil, task.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen reports
				p := newProcessor(t, task.Config{
					Observer: seen.observe, DeadLetters: newLetters(t), Retry: handler.Backoff{Attempts: 1},
					Middleware: []pitboss.Middleware[task.Work]{tt.middleware},
				})
				register(t, p, "x", func(context.Context, any) error { return tt.result }, task.Options{})
				submit(t, p, task.Task{Type: "x"})
				stop := running(t, p)
				synctest.Wait()
				stop()
				if got := seen.outcomes(); !slices.Equal(got, []task.Outcome{task.Submitted, tt.want}) {
					t.Errorf("reports %v, want submitted and %v", got, tt.want)
				}
			})
		})
	}
}

// Attempts are counted across parkings, in every report.
func TestAttemptsOfAParkedTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, err := queue.NewFIFO(queue.Config[task.Work]{Name: "tasks"})
		if err != nil {
			t.Fatal(err)
		}
		dead, err := deadletter.New(deadletter.Config[task.Work]{
			Origins: map[string]deadletter.Origin[task.Work]{"tasks": deadletter.Into(q)},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stored := make(chan error, 1)
		go func() { stored <- dead.Run(ctx) }()
		var seen reports
		p := newProcessor(t, task.Config{Queue: q, DeadLetters: dead, OnRetry: handler.Park, Observer: seen.observe})
		tries := 0
		register(t, p, "x", func(context.Context, any) error {
			if tries++; tries < 3 {
				return errors.New("not yet")
			}
			return nil
		}, task.Options{})
		stop := running(t, p)
		submit(t, p, task.Task{Type: "x"})
		time.Sleep(time.Hour)
		stop()
		cancel()
		if err := <-stored; err != nil {
			t.Error(err)
		}
		var attempts []int
		for _, r := range seen.all() {
			if r.Outcome != task.Submitted {
				attempts = append(attempts, r.Attempt)
			}
		}
		if !slices.Equal(attempts, []int{1, 2, 3}) {
			t.Errorf("attempts %v", attempts)
		}
	})
}

// Hooks that panic do not reach who submits.
func TestHooksPanicOnSubmit(t *testing.T) {
	p := newProcessor(t, task.Config{
		Observer: func(context.Context, task.Report) { panic("observer") },
		OnError:  func(context.Context, error) { panic("hook") },
	})
	submit(t, p, task.Task{Type: "x"})
}
