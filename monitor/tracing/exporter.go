package tracing

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// loggingExporter logs that the collector does not take spans, once until it
// does. OpenTelemetry would tell a logger that the whole process shares.
type loggingExporter struct {
	sdktrace.SpanExporter
	log     *slog.Logger
	failing atomic.Bool
	cut     atomic.Bool   // nothing is exported any more
	ended   chan struct{} // closed once nobody uses the exporter any more
}

func (e *loggingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if e.cut.Load() {
		return nil // whoever cut it off tells of it
	}
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch was := e.failing.Swap(err != nil); {
	case err != nil && !was:
		e.log.WarnContext(ctx, "spans not exported; told again when they are", "spans", len(spans), "error", err)
	case err == nil && was:
		e.log.InfoContext(ctx, "spans are exported again")
	}
	return nil // it is told
}

// Shutdown is called once, by the provider, when it has exported the last span.
func (e *loggingExporter) Shutdown(ctx context.Context) error {
	defer close(e.ended)
	return e.SpanExporter.Shutdown(ctx)
}

// exportingProvider is a provider whose Shutdown leaves nothing running.
type exportingProvider struct {
	*sdktrace.TracerProvider
	exporter *loggingExporter
}

// Shutdown exports the spans that wait, until ctx ends. OpenTelemetry's own
// then goes on in the background, at the pace of a collector that may not be
// there; cut off from its exporter it ends at once.
func (p *exportingProvider) Shutdown(ctx context.Context) error {
	err := p.TracerProvider.Shutdown(ctx)
	if ctx.Err() != nil {
		p.exporter.cut.Store(true)
		err = errors.Join(err, p.exporter.SpanExporter.Shutdown(context.WithoutCancel(ctx)))
		<-p.exporter.ended
	}
	return err
}
