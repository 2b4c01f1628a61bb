package correlation

import (
	"context"
	"log/slog"
	"slices"
)

// LogKey is the attribute under which log lines carry the ID. TraceLogKey and
// SpanLogKey are those of the trace and the span, as OpenTelemetry names them.
const (
	LogKey      = "correlation_id"
	TraceLogKey = "trace_id"
	SpanLogKey  = "span_id"
)

// LogHandler returns a handler that adds what the context carries, the ID and
// the trace, to every record that next handles. They are always at the top, also
// for a logger whose other attributes are in a group, so that a search for an ID
// finds every line.
func LogHandler(next slog.Handler) slog.Handler { return &logHandler{next: next} }

type logHandler struct {
	next slog.Handler
	// Once a group is open, next would put what is added into it. So outside is
	// the handler before the first group, and since is what was done to it after.
	outside slog.Handler
	since   []func(slog.Handler) slog.Handler
}

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	attrs := carried(ctx)
	switch {
	case len(attrs) == 0:
		return h.next.Handle(ctx, r)
	case h.outside == nil:
		r = r.Clone()
		r.AddAttrs(attrs...)
		return h.next.Handle(ctx, r)
	}
	next := h.outside.WithAttrs(attrs)
	for _, do := range h.since {
		next = do(next)
	}
	return next.Handle(ctx, r)
}

// carried are the attributes of what ctx carries.
func carried(ctx context.Context) []slog.Attr {
	id, trace := From(ctx), Trace(ctx)
	if id == "" && trace == "" {
		return nil
	}
	attrs := make([]slog.Attr, 0, 3)
	if id != "" {
		attrs = append(attrs, slog.String(LogKey, id))
	}
	if trace != "" {
		attrs = append(attrs, slog.String(TraceLogKey, trace[3:35]), slog.String(SpanLogKey, trace[36:52]))
	}
	return attrs
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) }, h.outside)
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	outside := h.outside
	if outside == nil {
		outside = h.next
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithGroup(name) }, outside)
}

// with does something to the handler, and notes it where a group is open.
func (h *logHandler) with(do func(slog.Handler) slog.Handler, outside slog.Handler) slog.Handler {
	inner := &logHandler{next: do(h.next), outside: outside}
	if outside != nil {
		inner.since = append(slices.Clip(h.since), do)
	}
	return inner
}
