package correlation_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/pitboss-dev/pitboss/correlation"
)

const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID      = "00f067aa0ba902b7"
	traceparent = "00-" + traceID + "-" + spanID + "-01"
)

func TestTrace(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		traceparent:                                             traceparent,
		"00-" + traceID + "-" + spanID + "-00":                  "00-" + traceID + "-" + spanID + "-00",
		"cc-" + traceID + "-" + spanID + "-01":                  traceparent,
		"cc-" + traceID + "-" + spanID + "-01-later":            traceparent,
		"cc-" + traceID + "-" + spanID + "-01later":             "",
		traceparent + "-later":                                  "",
		"ff-" + traceID + "-" + spanID + "-01":                  "",
		"":                                                      "",
		"00-" + traceID + "-" + spanID + "-0":                   "",
		"00-" + strings.ToUpper(traceID) + "-" + spanID + "-01": "",
		"00-" + strings.Repeat("0", 32) + "-" + spanID + "-01":  "",
		"00-" + traceID + "-" + strings.Repeat("0", 16) + "-01": "",
		"00_" + traceID + "-" + spanID + "-01":                  "",
		"0g-" + traceID + "-" + spanID + "-01":                  "",
		"00-" + traceID + "-" + spanID + "-0\n":                 "",
	} {
		ctx := correlation.WithTrace(t.Context(), value)
		if got := correlation.Trace(ctx); got != want {
			t.Errorf("%q is carried as %q, want %q", value, got, want)
		}
		if got := correlation.TraceID(value); (got == traceID) != (want != "") {
			t.Errorf("the trace of %q is %q", value, got)
		}
	}
	ctx := correlation.WithTrace(correlation.WithTrace(t.Context(), traceparent), "nonsense")
	if correlation.Trace(ctx) != traceparent {
		t.Error("a malformed trace replaced a good one")
	}
}

func TestRecordedTrace(t *testing.T) {
	t.Parallel()
	for flags, want := range map[string]string{"00": "", "01": traceID, "02": "", "03": traceID, "ff": traceID, "fe": ""} {
		ctx := correlation.WithTrace(t.Context(), "00-"+traceID+"-"+spanID+"-"+flags)
		if got := correlation.RecordedTrace(ctx); got != want {
			t.Errorf("flags %s: %q", flags, got)
		}
	}
	if got := correlation.RecordedTrace(t.Context()); got != "" {
		t.Errorf("%q of nothing", got)
	}
}

func TestMessageHeaders(t *testing.T) {
	t.Parallel()
	bare := t.Context()
	if correlation.Headers(bare, nil) != nil {
		t.Error("headers for nothing")
	}
	traced := correlation.WithTrace(bare, traceparent)
	given := map[string]string{"a": "b"}
	with := correlation.Headers(traced, given)
	if with["a"] != "b" || with[correlation.TraceHeader] != traceparent || len(given) != 1 {
		t.Errorf("got %v of %v", with, given)
	}
	own := map[string]string{correlation.TraceHeader: "theirs"}
	if got := correlation.Headers(traced, own); got[correlation.TraceHeader] != "theirs" {
		t.Errorf("a message's own trace is replaced: %v", got)
	}
	ctx := correlation.FromMessage(bare, "c1", with)
	if correlation.From(ctx) != "c1" || correlation.Trace(ctx) != traceparent {
		t.Errorf("arrived as %q, %q", correlation.From(ctx), correlation.Trace(ctx))
	}
	if correlation.FromMessage(bare, "", nil) != bare {
		t.Error("a message that carries nothing makes a context")
	}
}

func TestLogHandlerTellsTheTrace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(correlation.LogHandler(slog.NewTextHandler(&out, nil)))
	log.InfoContext(correlation.WithTrace(correlation.With(t.Context(), "c1"), traceparent), "traced")
	if want := "correlation_id=c1 trace_id=" + traceID + " span_id=" + spanID; !strings.Contains(out.String(), want) {
		t.Errorf("no %s in %s", want, &out)
	}
}

// What a request leaves behind goes on after it, in its name.
func TestGo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(correlation.With(t.Context(), "c1"))
	cancel()
	var group sync.WaitGroup
	var id string
	var err error
	correlation.Go(ctx, &group, func(ctx context.Context) { id, err = correlation.From(ctx), ctx.Err() })
	group.Wait()
	if id != "c1" || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
}

// A queue asks for headers with every message: it costs nothing where there is
// no trace.
func TestHeadersCostNothing(t *testing.T) {
	ctx := correlation.With(t.Context(), "c1")
	if n := testing.AllocsPerRun(100, func() {
		if correlation.Headers(ctx, nil) != nil || correlation.FromMessage(ctx, "", nil) != ctx {
			t.Error("something from nothing")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
