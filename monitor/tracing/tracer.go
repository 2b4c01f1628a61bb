package tracing

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// Config says where spans go. Its zero value works: the environment says.
type Config struct {
	// Provider makes the spans; whoever made it shuts it down. Nil: one that
	// OTEL_* variables describe, or none.
	Provider trace.TracerProvider
	// Service and Version name the program, where OTEL_SERVICE_NAME and
	// OTEL_RESOURCE_ATTRIBUTES do not. An empty Service is "pitboss".
	Service, Version string
	// MaxHops is how many messages in a row one trace may follow. Zero: 64.
	MaxHops int
	// Log gets what cannot be returned to a caller: spans that could not be
	// exported. Nil: slog's default.
	Log *slog.Logger
}

func (c *Config) prepare() error {
	if c.MaxHops < 0 {
		return &pitboss.FieldError{Field: "max_hops", Value: c.MaxHops, Allowed: "zero (64) or more"}
	}
	if c.MaxHops == 0 {
		c.MaxHops = 64
	}
	if c.Service == "" {
		c.Service = "pitboss"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

// scope names this package in spans.
const scope = "github.com/pitboss-dev/pitboss/monitor/tracing"

// Tracer makes spans. A nil one is off. Its methods are safe for concurrent
// use.
type Tracer struct {
	provider trace.TracerProvider
	tracer   trace.Tracer
	maxHops  int
	shutdown func(context.Context) error
}

// New returns a tracer, which is nil, and off, where neither the configuration
// nor the environment says where spans are to go. It fails on an environment
// that it cannot follow. A collector that is not there is no fault: it may come.
func New(ctx context.Context, c Config) (*Tracer, error) {
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	t := &Tracer{provider: c.Provider, maxHops: c.MaxHops, shutdown: func(context.Context) error { return nil }}
	if t.provider == nil {
		own, err := fromEnvironment(ctx, &c)
		if err != nil {
			return nil, fmt.Errorf("tracing: %w", err)
		}
		if own == nil {
			return nil, nil //nolint:nilnil // a nil tracer is one that is off
		}
		t.provider, t.shutdown = own, own.Shutdown
	}
	t.tracer = t.provider.Tracer(scope, trace.WithInstrumentationVersion(c.Version), trace.WithSchemaURL(conventions))
	return t, nil
}

// Enabled reports whether t makes spans.
func (t *Tracer) Enabled() bool { return t != nil }

// Shutdown exports the spans that wait, until ctx ends. There are none after
// it.
func (t *Tracer) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.shutdown(ctx); err != nil {
		return fmt.Errorf("tracing: spans lost: %w", err)
	}
	return nil
}

// w3c is the form in which contexts travel.
var w3c propagation.TraceContext

// start begins a span under what ctx carries: a span, or the text of one.
func (t *Tracer) start(ctx context.Context, name string, kind trace.SpanKind, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	ctx, span := t.tracer.Start(under(ctx), name, append(options, trace.WithSpanKind(kind))...) //nolint:spancheck // its caller ends it
	return carry(ctx, span), span                                                               //nolint:spancheck // the same
}

// recorded reports whether ctx is part of a trace that somebody records.
func recorded(ctx context.Context) bool {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		return sc.IsSampled()
	}
	return correlation.RecordedTrace(ctx) != ""
}

// under returns a context with the span that ctx carries as text, unless it has
// one of its own.
func under(ctx context.Context) context.Context {
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	if parent := correlation.Trace(ctx); parent != "" {
		return w3c.Extract(ctx, propagation.MapCarrier{correlation.TraceHeader: parent})
	}
	return ctx
}

// carry returns a context that carries the span as text, for all that know no
// spans.
func carry(ctx context.Context, span trace.Span) context.Context {
	return correlation.WithTrace(ctx, traceparent(span.SpanContext()))
}

// traceparent is W3C's text of a span context.
func traceparent(sc trace.SpanContext) string {
	if !sc.IsValid() {
		return ""
	}
	traceID, spanID := sc.TraceID(), sc.SpanID()
	text := append(make([]byte, 0, 55), "00-"...)
	text = append(hex.AppendEncode(text, traceID[:]), '-')
	text = append(hex.AppendEncode(text, spanID[:]), '-')
	return string(hex.AppendEncode(text, []byte{byte(sc.TraceFlags())}))
}

// ends returns the function that ends a span with its fault.
func ends(span trace.Span) func(fault error) {
	return func(fault error) {
		fail(span, fault)
		span.End()
	}
}

// fail marks a span as failed. What was cut short because the program ends has
// not failed.
func fail(span trace.Span, fault error) {
	if fault == nil || !span.IsRecording() || errors.Is(fault, pitboss.ErrClosed) {
		return
	}
	span.RecordError(fault)
	failed(span, fault.Error(), fmt.Sprintf("%T", fault))
}

func unrecorded(error) {}
