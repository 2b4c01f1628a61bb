package tracing

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"

	"github.com/pitboss-dev/pitboss/correlation"
)

// HTTP puts a span around every request but those that only look after the
// program, under the traceparent of the request. It belongs outermost. The span
// of a WebSocket's request lasts as long as the connection; its frames have
// their own. Where t is off, the result is next.
func (t *Tracer) HTTP(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanFromContext(r.Context())
		traced := r.WithContext(carry(r.Context(), span))
		next.ServeHTTP(w, traced)
		r.Pattern = traced.Pattern // the span is named by it
		if id := w.Header().Get(correlation.Header); id != "" && span.IsRecording() {
			span.SetAttributes(conversation(id))
		}
	})
	return otelhttp.NewHandler(inner, "",
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(w3c), otelhttp.WithFilter(worthTracing))
}

// worthTracing leaves out what looks in every few seconds.
func worthTracing(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return false
	}
	return true
}
