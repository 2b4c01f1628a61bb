package correlation

import (
	"context"
	"log/slog"
)

// LogKey is the attribute under which log lines carry the ID. TraceLogKey and
// SpanLogKey are those of the trace and the span, as OpenTelemetry names them.
const (
	LogKey      = "correlation_id"
	TraceLogKey = "trace_id"
	SpanLogKey  = "span_id"
)

// LogHandler returns a handler that adds what the context carries, the ID and
// the trace, to every record that next handles.
func LogHandler(next slog.Handler) slog.Handler { return &logHandler{next} }

type logHandler struct{ next slog.Handler }

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	id, trace := From(ctx), Trace(ctx)
	if id != "" || trace != "" {
		r = r.Clone()
	}
	if id != "" {
		r.AddAttrs(slog.String(LogKey, id))
	}
	if trace != "" {
		r.AddAttrs(slog.String(TraceLogKey, trace[3:35]), slog.String(SpanLogKey, trace[36:52]))
	}
	return h.next.Handle(ctx, r)
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.next.WithAttrs(attrs)}
}

func (h *logHandler) WithGroup(name string) slog.Handler { return &logHandler{h.next.WithGroup(name)} }
