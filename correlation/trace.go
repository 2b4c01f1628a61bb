package correlation

import (
	"context"
	"maps"
)

// TraceHeader is the HTTP header, and the message header, that carries a trace
// context: W3C's traceparent, https://www.w3.org/TR/trace-context/.
//
// This package passes it on as it came and makes none, so that traces go
// through a program that does not trace. What traces replaces it by the span
// of the moment.
const TraceHeader = "traceparent"

type traceKey struct{}

// WithTrace returns a context that carries a traceparent. One that is empty or
// malformed changes nothing.
func WithTrace(ctx context.Context, traceparent string) context.Context {
	if traceparent == "" || !validTrace(traceparent) || Trace(ctx) == traceparent {
		return ctx
	}
	if len(traceparent) > traceLength || traceparent[:2] != "00" {
		traceparent = "00" + traceparent[2:traceLength]
	}
	return context.WithValue(ctx, traceKey{}, traceparent)
}

// Trace returns the traceparent that ctx carries, in version 00, or the empty
// string.
func Trace(ctx context.Context) string {
	traceparent, _ := ctx.Value(traceKey{}).(string)
	return traceparent
}

// TraceID returns the trace's ID of a well-formed traceparent, 32 hexadecimal
// digits, or the empty string.
func TraceID(traceparent string) string {
	if !validTrace(traceparent) {
		return ""
	}
	return traceparent[3:35]
}

// RecordedTrace returns the trace's ID that ctx carries if somebody is to record
// the trace, as its sampled flag says, or the empty string: there is nothing to
// be looked up otherwise.
func RecordedTrace(ctx context.Context) string {
	traceparent := Trace(ctx)
	if !Sampled(traceparent) {
		return ""
	}
	return TraceID(traceparent)
}

// Headers returns a message's headers with the trace that ctx carries, if it
// carries one and they do not. The given ones are not changed.
func Headers(ctx context.Context, headers map[string]string) map[string]string {
	traceparent := Trace(ctx)
	if traceparent == "" || headers[TraceHeader] != "" {
		return headers
	}
	with := make(map[string]string, len(headers)+1)
	maps.Copy(with, headers)
	with[TraceHeader] = traceparent
	return with
}

// FromMessage returns a context that carries what a message does: its
// correlation ID and the trace of its headers.
func FromMessage(ctx context.Context, id string, headers map[string]string) context.Context {
	ctx = With(ctx, id)
	if headers == nil {
		return ctx
	}
	return WithTrace(ctx, headers[TraceHeader])
}

// traceLength is that of version "-" trace-id "-" parent-id "-" flags.
const traceLength = 2 + 1 + 32 + 1 + 16 + 1 + 2

// validTrace follows the standard: lower case digits, no zero ids, no version
// ff; version 00 ends with the flags, later ones may go on after another dash.
func validTrace(s string) bool {
	if len(s) < traceLength || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return false
	}
	version, trace, span, flags := s[:2], s[3:35], s[36:52], s[53:traceLength]
	if !hexadecimal(version) || version == "ff" || !hexadecimal(trace) || !hexadecimal(span) || !hexadecimal(flags) {
		return false
	}
	if zeros(trace) || zeros(span) {
		return false
	}
	return len(s) == traceLength || version != "00" && s[traceLength] == '-'
}

// Sampled reports whether a well-formed traceparent says that its trace is
// recorded.
func Sampled(traceparent string) bool {
	if len(traceparent) < traceLength {
		return false
	}
	// It is the lowest bit of the flags.
	switch traceparent[traceLength-1] {
	case '1', '3', '5', '7', '9', 'b', 'd', 'f':
		return true
	}
	return false
}

func hexadecimal(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func zeros(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}
