package tracing

import (
	"strconv"

	"go.opentelemetry.io/otel/trace"
)

// hopsKey is this program's entry in W3C's tracestate: how many messages the
// trace has followed in a row.
const hopsKey = "pitboss"

func hops(sc trace.SpanContext) int {
	n, err := strconv.Atoi(sc.TraceState().Get(hopsKey))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// hop counts one message more.
func hop(sc trace.SpanContext) trace.SpanContext {
	state, err := sc.TraceState().Insert(hopsKey, strconv.Itoa(hops(sc)+1))
	if err != nil { // the key and a number are well-formed
		return sc
	}
	return sc.WithTraceState(state)
}
