package task_test

import (
	"context"
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
	} {
		_, err := p.Edit(task.Work{}, []byte(text))
		if !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%s: %v, want %v", text, err, pitboss.ErrInvalid)
		}
	}
}
