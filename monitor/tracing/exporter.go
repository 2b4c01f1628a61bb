package tracing

import (
	"context"
	"log/slog"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// loggingExporter tells of a collector that is not there, once until it is.
// Without it OpenTelemetry would tell a logger that all of the process shares.
type loggingExporter struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
}

func (e *loggingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch was := e.failing.Swap(err != nil); {
	case err != nil && !was:
		e.log.WarnContext(ctx, "spans not exported; told again when they are", "spans", len(spans), "error", err)
	case err == nil && was:
		e.log.InfoContext(ctx, "spans are exported again")
	}
	return nil // it is told
}
