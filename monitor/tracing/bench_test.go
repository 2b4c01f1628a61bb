package tracing_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/queue"
)

// One message sent and handled, with a part in its handling: three spans, or
// none.
func BenchmarkMessage(b *testing.B) {
	never, err := tracing.New(b.Context(), tracing.Config{Provider: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))})
	if err != nil {
		b.Fatal(err)
	}
	always, err := tracing.New(b.Context(), tracing.Config{Provider: sdktrace.NewTracerProvider()})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		tracer *tracing.Tracer
	}{{"off", nil}, {"never sampled", never}, {"recorded", always}} {
		b.Run(c.name, func(b *testing.B) {
			pass := messages(b, c.tracer, true)
			b.ReportAllocs()
			for b.Loop() {
				pass()
			}
		})
	}
	b.Run("bare", func(b *testing.B) {
		pass := messages(b, nil, false)
		b.ReportAllocs()
		for b.Loop() {
			pass()
		}
	})
}

// messages returns a function that passes a message through a queue, with the
// tracer around it or without a word of it.
func messages(tb testing.TB, tracer *tracing.Tracer, around bool) func() {
	tb.Helper()
	memory, err := queue.NewFIFO(queue.Config[int]{})
	if err != nil {
		tb.Fatal(err)
	}
	var q pitboss.Queue[int] = memory
	var handle pitboss.Handler[int] = func(context.Context, *pitboss.Delivery[int]) error { return nil }
	if around {
		q = tracing.Queue(tracer, "q", q)
		handle = tracing.Handler[int](tracer, "q")(func(ctx context.Context, _ *pitboss.Delivery[int]) error {
			_, end := tracer.Begin(ctx, "decide")
			end(nil)
			return nil
		})
	}
	cause, end := tracer.Received(correlation.With(tb.Context(), "c1"))
	end(nil)
	work := tb.Context()
	var d pitboss.Delivery[int] // a consumer's, used again and again
	return func() {
		if _, err := q.Enqueue(cause, pitboss.Message[int]{CorrelationID: "c1"}); err != nil {
			tb.Fatal(err)
		}
		if d, err = q.Dequeue(work); err != nil {
			tb.Fatal(err)
		}
		if err := handle(work, &d); err != nil {
			tb.Fatal(err)
		}
		_ = d.Ack()
	}
}

// A tracer that is off costs no allocation.
func TestOffCostsNothing(t *testing.T) {
	if n := testing.AllocsPerRun(1000, messages(t, nil, true)); n != 0 {
		t.Errorf("%v allocations per message", n)
	}
}
