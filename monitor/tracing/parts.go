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

// attributes translates what those say who know no spans: their words get this
// program's prefix, but for those that the conventions have.
func attributes(attrs []slog.Attr) []attribute.KeyValue {
	translated := make([]attribute.KeyValue, 0, len(attrs))
	for _, a := range attrs {
		switch value := a.Value.Resolve(); {
		case a.Key == "id":
			translated = append(translated, messageID(value.String()))
		case a.Key == "bytes":
			translated = append(translated, bodySize(int(value.Int64())))
		case a.Key == "events":
			translated = append(translated, batchSize(int(value.Int64())))
		case value.Kind() == slog.KindInt64:
			translated = append(translated, attribute.Int64(ownPrefix+a.Key, value.Int64()))
		default:
			translated = append(translated, attribute.String(ownPrefix+a.Key, value.String()))
		}
	}
	return translated
}
