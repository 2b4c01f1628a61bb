package task_test

import (
	"context"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/task"
)

// A task carries what its cause did, and what nobody caused gets an ID of its
// own.
func TestTaskCarriesItsCause(t *testing.T) {
	t.Parallel()
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	type carried struct{ id, trace string }
	ran := make(chan carried, 1)
	p := newProcessor(t, task.Config{})
	register(t, p, "t", func(ctx context.Context, _ move) error {
		ran <- carried{correlation.From(ctx), correlation.Trace(ctx)}
		return nil
	}, task.Options{})
	stop := running(t, p)
	defer stop()
	for _, c := range []struct{ id, trace string }{{"c1", trace}, {"c2", ""}, {"", ""}} {
		ctx := correlation.WithTrace(correlation.With(t.Context(), c.id), c.trace)
		headers := map[string]string{"a": "b"}
		if err := p.Submit(ctx, task.Task{Type: "t", Payload: move{}, Headers: headers, Priority: pitboss.High}); err != nil {
			t.Fatal(err)
		}
		got := <-ran
		if got.trace != c.trace || c.id != "" && got.id != c.id || !correlation.WellFormed(got.id) || len(headers) != 1 {
			t.Errorf("submitted under %+v, ran under %+v", c, got)
		}
	}
}
