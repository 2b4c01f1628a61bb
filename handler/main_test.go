package handler_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newQueue[T any](t testing.TB, c queue.Config[T]) *queue.Memory[T] {
	t.Helper()
	q, err := queue.NewFIFO(c)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func enqueue[T any](t testing.TB, q pitboss.Queue[T], messages ...pitboss.Message[T]) {
	t.Helper()
	for _, m := range messages {
		if _, err := q.Enqueue(context.Background(), m); err != nil {
			t.Fatal(err)
		}
	}
}

// letters collects dead letters; refuse may stand in their way.
type letters[T any] struct {
	refuse func(context.Context, pitboss.DeadLetter[T]) error

	mu   sync.Mutex
	kept []pitboss.DeadLetter[T]
}

func (l *letters[T]) Put(ctx context.Context, letter pitboss.DeadLetter[T]) error {
	if l.refuse != nil {
		if err := l.refuse(ctx, letter); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, letter)
	return nil
}

func (l *letters[T]) all() []pitboss.DeadLetter[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.kept)
}

// faults collects what OnError is told.
type faults[T any] struct {
	mu   sync.Mutex
	told []error
}

func (f *faults[T]) hook(_ context.Context, _ *pitboss.Delivery[T], err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, err)
}

func (f *faults[T]) all() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.told)
}

// matching counts the errors of type E.
func matching[E error](errs []error) (n int) {
	for _, err := range errs {
		if _, ok := errors.AsType[E](err); ok {
			n++
		}
	}
	return n
}

// running runs a consumer in the background. The function it returns ends it
// and returns what Run returned.
func running(t testing.TB, run func(context.Context) error) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- run(ctx) }()
	return func() error {
		cancel()
		return <-result
	}
}
