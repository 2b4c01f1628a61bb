package tracing

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/pitboss-dev/pitboss/correlation"
)

// Begin begins a part of what goes on in ctx: a span under that of ctx, and none
// where ctx has none that is recorded. The end must be called once. It is what
// room.Tracer wants.
func (t *Tracer) Begin(ctx context.Context, part string) (inner context.Context, end func(fault error)) {
	if t == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, unrecorded
	}
	ctx, span := t.start(ctx, part, trace.SpanKindInternal)
	return ctx, ends(span)
}

// Received begins the span of a frame that came from a player; it ends with the
// answer. It is what server.Tracer wants.
func (t *Tracer) Received(ctx context.Context, attrs ...slog.Attr) (inner context.Context, end func(fault error)) {
	if t == nil {
		return ctx, unrecorded
	}
	ctx, span := t.start(ctx, processing+websocket, trace.SpanKindConsumer)
	if span.IsRecording() {
		span.SetAttributes(processAttributes(websocket)...)
		span.SetAttributes(attributes(attrs)...)
		span.SetAttributes(conversation(correlation.From(ctx)))
	}
	return ctx, ends(span)
}

// Writing begins the span of a write to one player, under that of the command
// that ctx carries. It is what server.Tracer wants.
func (t *Tracer) Writing(ctx context.Context, attrs ...slog.Attr) (end func(fault error)) {
	if t == nil {
		return unrecorded
	}
	_, span := t.start(ctx, sending+websocket, trace.SpanKindProducer)
	if span.IsRecording() {
		span.SetAttributes(sendAttributes(websocket)...)
		span.SetAttributes(attributes(attrs)...)
	}
	return ends(span)
}

// attributes translates what callers say who know no spans. The words that the
// conventions have a name for get that name; the others get this program's
// prefix.
func attributes(attrs []slog.Attr) []attribute.KeyValue {
	translated := make([]attribute.KeyValue, 0, len(attrs))
	for _, a := range attrs {
		translated = append(translated, attributeOf(a.Key, a.Value.Resolve()))
	}
	return translated
}

func attributeOf(key string, value slog.Value) attribute.KeyValue {
	number := value.Kind() == slog.KindInt64
	switch {
	case key == "id":
		return messageID(value.String())
	case number && key == "bytes":
		return bodySize(int(value.Int64()))
	case number && key == "events":
		return batchSize(int(value.Int64()))
	case number:
		return attribute.Int64(ownPrefix+key, value.Int64())
	}
	return attribute.String(ownPrefix+key, value.String())
}
