package deadletter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStore(t testing.TB, c deadletter.Config[string]) *deadletter.Store[string] {
	t.Helper()
	s, err := deadletter.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// letter is the nth message of a queue, given up on.
func letter(queue string, n int) pitboss.DeadLetter[string] {
	return pitboss.DeadLetter[string]{
		Queue: queue, Sequence: uint64(n), EnqueuedAt: epoch.Add(time.Duration(n) * time.Second),
		Message: pitboss.Message[string]{Payload: fmt.Sprint("p", n), Key: fmt.Sprint("k", n%3)},
		Reason:  pitboss.ReasonMaxRetries, Error: "broken",
		Attempts: []pitboss.Attempt{{Time: epoch, Duration: time.Second, Error: "broken", Worker: "w/1"}},
	}
}

func put(t testing.TB, s *deadletter.Store[string], letters ...pitboss.DeadLetter[string]) {
	t.Helper()
	for _, l := range letters {
		if err := s.Put(context.Background(), l); err != nil {
			t.Fatal(err)
		}
	}
}

// source is a queue that letters go back to; refuse may stand in their way.
type source struct {
	refuse func() error

	mu  sync.Mutex
	got []pitboss.Message[string]
}

func (o *source) take(_ context.Context, m pitboss.Message[string]) error {
	if o.refuse != nil {
		if err := o.refuse(); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.got = append(o.got, m)
	return nil
}

func (o *source) all() []pitboss.Message[string] {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.got)
}

func (o *source) payloads() (p []string) {
	for _, m := range o.all() {
		p = append(p, m.Payload)
	}
	return p
}

func origins(o *source, queues ...string) map[string]deadletter.Origin[string] {
	m := map[string]deadletter.Origin[string]{}
	for _, q := range queues {
		m[q] = o.take
	}
	return m
}

func ids(letters []deadletter.Letter[string]) (list []string) {
	for i := range letters {
		list = append(list, letters[i].ID)
	}
	return list
}

func state(t testing.TB, s *deadletter.Store[string], id string) deadletter.State {
	t.Helper()
	l, err := s.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return l.State
}

// watch collects changes.
type watch struct {
	mu   sync.Mutex
	seen []deadletter.Change
}

func (w *watch) observe(_ context.Context, c deadletter.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, c)
}

func (w *watch) kinds() (kinds []deadletter.Kind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.seen {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

// running runs a store in the background. The function it returns ends it.
func running(t testing.TB, s *deadletter.Store[string]) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- s.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-result; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
