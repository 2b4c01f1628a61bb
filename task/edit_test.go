package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/task"
)

func TestEditedWorkIsTyped(t *testing.T) {
	t.Parallel()
	p := newProcessor(t, task.Config{})
	register(t, p, "play", func(context.Context, move) error { return nil }, task.Options{})
	register(t, p, "tidy", func(context.Context, any) error { return nil }, task.Options{})
	for text, want := range map[string]task.Work{
		`{"type":"play","payload":{"seat":2,"piece":"HORSE_RED"}}`: {Type: "play", Payload: move{2, "HORSE_RED"}},
		`{"type":"tidy"}`: {Type: "tidy"},
	} {
		if got, err := p.Edit(task.Work{}, []byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		``, `7`, `{}`, `{"type":"dance"}`, `{"type":"play"}`, `{"type":"play","payload":{"seat":"two"}}`, `{"type":"play","colour":"red"}`,
		`{"type":"tidy"} {"type":"tidy"}`, `{"type":"tidy"}]`,
	} {
		_, err := p.Edit(task.Work{}, []byte(text))
		if !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%s: %v, want %v", text, err, pitboss.ErrInvalid)
		}
	}
}

// Work that was written down and read back runs as it would have.
func TestWrittenWorkRuns(t *testing.T) {
	t.Parallel()
	p := newProcessor(t, task.Config{})
	ran := make(chan move, 1)
	register(t, p, "play", func(_ context.Context, m move) error { ran <- m; return nil }, task.Options{})
	text, err := json.Marshal(task.Work{Type: "play", Payload: move{2, "HORSE_RED"}})
	if err != nil {
		t.Fatal(err)
	}
	var work task.Work
	if err := json.Unmarshal(text, &work); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	submit(t, p, task.Task{Type: work.Type, Payload: work.Payload})
	if got := <-ran; got != (move{2, "HORSE_RED"}) {
		t.Errorf("it ran with %+v", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`7`, `{"type":7}`} {
		if json.Unmarshal([]byte(bad), &work) == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if err := json.Unmarshal([]byte(`{"type":"tidy"}`), &work); err != nil || work != (task.Work{Type: "tidy"}) {
		t.Errorf("%+v %v", work, err)
	}
}
