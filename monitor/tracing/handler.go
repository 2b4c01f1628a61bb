package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// Handler puts a span around the handling of each message of a queue, under
// that of its sending. The handler's context carries it. Put it outermost. Where
// t is off, it adds nothing.
func Handler[T any](t *Tracer, queue string) pitboss.Middleware[T] {
	if !t.Enabled() {
		return func(next pitboss.Handler[T]) pitboss.Handler[T] { return next }
	}
	name, attributes := processing+queue, processAttributes(queue)
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			if unrecordedTrace(d.Headers) {
				return next(correlation.FromMessage(ctx, d.CorrelationID, d.Headers), d)
			}
			begin := time.Now()
			ctx, span := t.receive(ctx, d.Headers, name)
			if span.IsRecording() {
				span.SetAttributes(attributes...)
				describe(span, &d.Message, d.Sequence)
				span.SetAttributes(waitKey.Float64(max(begin.Sub(d.EnqueuedAt)-d.Delay, 0).Seconds()), attemptKey.Int(d.Attempt))
			}
			returned := false
			defer func() {
				if !returned {
					failed(span, "the handler panicked", "panic")
				}
				span.End()
			}()
			err := next(ctx, d)
			returned = true
			fail(span, err)
			return err
		}
	}
}

// unrecordedTrace reports whether a message is part of a trace whose beginning
// chose not to be recorded. What came of it is not either: a trace is whole or
// not there.
func unrecordedTrace(headers map[string]string) bool {
	traceparent := headers[correlation.TraceHeader]
	return traceparent != "" && !correlation.Sampled(traceparent) && correlation.TraceID(traceparent) != ""
}

// receive begins the span of a message's handling: a part of its sender's trace,
// or of a new one where that has come far enough.
func (t *Tracer) receive(ctx context.Context, headers map[string]string, name string) (context.Context, trace.Span) {
	ctx = w3c.Extract(ctx, propagation.MapCarrier(headers))
	cause := trace.SpanContextFromContext(ctx)
	if !cause.IsValid() || hops(cause) < t.maxHops {
		return t.start(ctx, name, trace.SpanKindConsumer)
	}
	return t.start(ctx, name, trace.SpanKindConsumer, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: cause}))
}
