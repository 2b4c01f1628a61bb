package main

import (
	"context"
	"log/slog"

	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
)

// newTracer returns the tracer that OTEL_* variables ask for, or one that is
// off. What they get wrong is the user's fault.
func newTracer(log *slog.Logger) (*tracing.Tracer, error) {
	t, err := tracing.New(context.Background(), tracing.Config{Version: versionName(), Log: log})
	if err != nil {
		return nil, &usageError{err}
	}
	return t, nil
}

// roomTracer is nil, and costs nothing, where tracing is off.
func (p *parts) roomTracer() room.Tracer {
	if !p.tracer.Enabled() {
		return nil
	}
	return p.tracer
}

// frameTracer is nil, and costs nothing, where tracing is off.
func (p *parts) frameTracer() server.Tracer {
	if !p.tracer.Enabled() {
		return nil
	}
	return p.tracer
}

// flush exports the spans that wait. A collector that does not take them must
// not keep the program from ending.
func (p *parts) flush(ctx context.Context) {
	if err := p.tracer.Shutdown(ctx); err != nil {
		p.log.WarnContext(ctx, "tracing", "error", err)
	}
}
