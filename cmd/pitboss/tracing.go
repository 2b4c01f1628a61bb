package main

import (
	"context"

	"github.com/pitboss-dev/pitboss/server"
)

// frameTracer is nil, and costs nothing, where tracing is off.
func (p *parts) frameTracer() server.Tracer {
	if t := p.monitor.Tracer(); t != nil {
		return t
	}
	return nil
}

// systemStatus tells of the process, if somebody samples it.
func (p *parts) systemStatus() func() any {
	system := p.monitor.System()
	if system == nil {
		return nil
	}
	return func() any { return system.Snapshot() }
}

// flush exports the spans that wait. A collector that does not take them must
// not keep the program from ending.
func (p *parts) flush(ctx context.Context) {
	if err := p.monitor.Shutdown(ctx); err != nil {
		p.log.WarnContext(ctx, "tracing", "error", err)
	}
}
