package task_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type move struct {
	Seat  int    `json:"seat"`
	Piece string `json:"piece"`
}

func newProcessor(t testing.TB, c task.Config) *task.Processor {
	t.Helper()
	p, err := task.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func register[P any](t testing.TB, p *task.Processor, taskType string, run func(context.Context, P) error, o task.Options) {
	t.Helper()
	if err := task.Register(p, taskType, run, o); err != nil {
		t.Fatal(err)
	}
}

func submit(t testing.TB, p *task.Processor, tasks ...task.Task) {
	t.Helper()
	for _, tk := range tasks {
		if err := p.Submit(context.Background(), tk); err != nil {
			t.Fatal(err)
		}
	}
}

func newLetters(t testing.TB) *deadletter.Store[task.Work] {
	t.Helper()
	s, err := deadletter.New(deadletter.Config[task.Work]{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func held(t testing.TB, s *deadletter.Store[task.Work]) []deadletter.Letter[task.Work] {
	t.Helper()
	list, _, err := s.List(deadletter.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// reports collects what an observer is told.
type reports struct {
	mu  sync.Mutex
	got []task.Report
}

func (r *reports) observe(_ context.Context, report task.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, report)
}

func (r *reports) all() []task.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// outcomes lists what became of tasks, submitted first: a quick worker may be
// heard before the submitter.
func (r *reports) outcomes() (list []task.Outcome) {
	for _, report := range r.all() {
		list = append(list, report.Outcome)
	}
	return submittedFirst(list)
}

func submittedFirst(list []task.Outcome) []task.Outcome {
	slices.SortStableFunc(list, func(a, b task.Outcome) int {
		return cmp.Compare(min(a, task.Completed), min(b, task.Completed))
	})
	return list
}

// running runs a processor in the background. The function it returns ends it.
func running(t testing.TB, p *task.Processor) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- p.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-result; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}
