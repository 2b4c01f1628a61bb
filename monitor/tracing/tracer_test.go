package tracing_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/queue"
)

// With nothing configured there is no tracer, and a decorator is what it
// decorates.
func TestOff(t *testing.T) {
	for _, env := range []map[string]string{
		{},
		{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
		{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
		{"OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "always_on"},
	} {
		setenv(t, env)
		tracer, err := tracing.New(t.Context(), tracing.Config{})
		if err != nil || tracer.Enabled() {
			t.Fatalf("%v: %v, %v", env, tracer, err)
		}
		q, err := queue.NewFIFO(queue.Config[int]{})
		if err != nil {
			t.Fatal(err)
		}
		if tracing.Queue(tracer, "q", pitboss.Queue[int](q)) != pitboss.Queue[int](q) {
			t.Error("the queue is wrapped")
		}
		mux := http.NewServeMux()
		if tracer.HTTP(mux) != http.Handler(mux) {
			t.Error("the handler is wrapped")
		}
		ctx := t.Context()
		inner, end := tracer.Begin(ctx, "part")
		end(nil)
		if inner != ctx {
			t.Error("a part changes the context")
		}
		if err := tracer.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	}
}

func TestBadEnvironment(t *testing.T) {
	for _, c := range []struct{ name, value, shown string }{
		{"OTEL_TRACES_EXPORTER", "zipkin", "zipkin"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "http/json"},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "carrier-pigeon", "carrier-pigeon"},
		// OpenTelemetry's packages put a default in the place of these.
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4317", "127.0.0.1:4317"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "ann:secret@collector:4317", "collector:4317"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4317", "collector:4317"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://", "http://"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector", "collector"},
		{"OTEL_TRACES_SAMPLER", "sometimes", "sometimes"},
		{"OTEL_TRACES_SAMPLER_ARG", "7", "7"},
		{"OTEL_TRACES_SAMPLER_ARG", "NaN", "NaN"},
	} {
		env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_SAMPLER": "traceidratio"}
		env[c.name] = c.value
		setenv(t, env)
		_, err := tracing.New(t.Context(), tracing.Config{})
		if field, ok := errors.AsType[*pitboss.FieldError](err); !ok || field.Field != c.name || field.Value != c.shown {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
		}
	}
	if _, err := tracing.New(t.Context(), tracing.Config{MaxHops: -1}); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("negative hops: %v", err)
	}
}

// What OpenTelemetry takes is taken.
func TestGoodEnvironment(t *testing.T) {
	for _, env := range []map[string]string{
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "HTTP://127.0.0.1:1/base", "OTEL_TRACES_SAMPLER": " Always_On ", "OTEL_TRACES_SAMPLER_ARG": "endpoint=x"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "unix:///run/collector.sock", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "dns:///collector:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": " 0.25 "},
		{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio"},
	} {
		setenv(t, env)
		tracer, err := tracing.New(t.Context(), tracing.Config{})
		if err != nil {
			t.Errorf("%v: %v", env, err)
			continue
		}
		if err := tracer.Shutdown(t.Context()); err != nil {
			t.Errorf("%v: %v", env, err)
		}
	}
}

// setenv sets OpenTelemetry's variables, and only these.
func setenv(t *testing.T, env map[string]string) {
	t.Helper()
	for _, name := range []string{
		"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
		"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG",
	} {
		t.Setenv(name, env[name])
	}
}

// recorded returns a tracer whose spans end in the recorder.
func recorded(t *testing.T, options ...sdktrace.TracerProviderOption) (*tracing.Tracer, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithSpanProcessor(spans))...)
	tracer, err := tracing.New(t.Context(), tracing.Config{Provider: provider})
	if err != nil {
		t.Fatal(err)
	}
	return tracer, spans
}

// A decorated queue can do what the queue can, and no more.
func TestQueueKeepsAbilities(t *testing.T) {
	t.Parallel()
	tracer, _ := recorded(t)
	type (
		plain   = pitboss.Queue[int]
		batch   = pitboss.BatchQueue[int]
		order   = pitboss.KeyOrderer
		inspect = pitboss.Inspector[int]
	)
	full, err := queue.NewFIFO(queue.Config[int]{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []plain{
		full,
		struct{ plain }{full},
		struct{ batch }{full},
		struct {
			plain
			order
		}{full, full},
		struct {
			plain
			inspect
		}{full, full},
		struct {
			plain
			order
			inspect
		}{full, full, full},
		struct {
			batch
			order
		}{full, full},
		struct {
			batch
			inspect
		}{full, full},
	} {
		traced := tracing.Queue(tracer, "q", q)
		can := func(q plain) [3]bool {
			_, b := q.(batch)
			_, o := q.(order)
			_, i := q.(inspect)
			return [3]bool{b, o, i}
		}
		if can(traced) != can(q) {
			t.Errorf("%v became %v", can(q), can(traced))
		}
		if named, ok := traced.(interface{ Name() string }); !ok || named.Name() != "q" {
			t.Errorf("%v has no name", reflect.TypeOf(traced))
		}
	}
}

// A batch is sent in one span, which is the parent of the handling of each
// message; the sender's own headers stay as they were.
func TestBatch(t *testing.T) {
	t.Parallel()
	tracer, spans := recorded(t)
	memory, err := queue.NewFIFO(queue.Config[int]{})
	if err != nil {
		t.Fatal(err)
	}
	q := tracing.Queue(tracer, "q", pitboss.Queue[int](memory)).(pitboss.BatchQueue[int])
	ctx, end := tracer.Received(correlation.With(t.Context(), "c1"))
	headers := map[string]string{"a": "b"}
	if n, err := q.EnqueueBatch(ctx, []pitboss.Message[int]{{Headers: headers}, {}}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	end(nil)
	if len(headers) != 1 {
		t.Errorf("the sender's headers are changed: %v", headers)
	}
	into := make([]pitboss.Delivery[int], 2)
	if n, err := q.DequeueBatch(t.Context(), into); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	handle := tracing.Handler[int](tracer, "q")(func(context.Context, *pitboss.Delivery[int]) error { return nil })
	for i := range into {
		if err := handle(t.Context(), &into[i]); err != nil {
			t.Fatal(err)
		}
	}
	ended := spans.Ended()
	send := ended[0]
	if send.Name() != "send q" || len(ended) != 4 {
		t.Fatalf("%d spans, first %s", len(ended), send.Name())
	}
	for _, s := range ended[2:] {
		if s.Parent().SpanID() != send.SpanContext().SpanID() {
			t.Errorf("%s is not under the batch", s.Name())
		}
	}
}

// What fails is an error in its span; what is cut short because the program
// ends is not. The text of the span of the moment goes along.
func TestFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, c := range []struct {
		handle pitboss.Handler[int]
		status codes.Code
	}{
		{func(context.Context, *pitboss.Delivery[int]) error { return broken }, codes.Error},
		{func(context.Context, *pitboss.Delivery[int]) error { panic("broken") }, codes.Error},
		{func(context.Context, *pitboss.Delivery[int]) error { return pitboss.ErrClosed }, codes.Unset},
		{func(ctx context.Context, _ *pitboss.Delivery[int]) error {
			sc := trace.SpanContextFromContext(ctx)
			if correlation.Trace(ctx) != "00-"+sc.TraceID().String()+"-"+sc.SpanID().String()+"-01" {
				t.Errorf("carried is %q", correlation.Trace(ctx))
			}
			return nil
		}, codes.Unset},
	} {
		tracer, spans := recorded(t)
		func() {
			defer func() { _ = recover() }()
			_ = tracing.Handler[int](tracer, "q")(c.handle)(t.Context(), &pitboss.Delivery[int]{Attempt: 1})
		}()
		ended := spans.Ended()
		if len(ended) != 1 || ended[0].Status().Code != c.status {
			t.Errorf("%d spans, %v", len(ended), ended)
		}
	}
}

// Whoever says what a frame or a write is about cannot break anything by it:
// a word of another kind than usual is an attribute like any other.
func TestAttributesOfAnyKind(t *testing.T) {
	t.Parallel()
	tracer, spans := recorded(t)
	_, end := tracer.Received(t.Context(),
		slog.Int("bytes", 12), slog.String("id", "c1"), slog.String("frame", "play"), slog.Int("seat", 2))
	end(nil)
	_, end = tracer.Received(t.Context(), slog.String("bytes", "many"), slog.Uint64("events", 3), slog.Bool("late", true), slog.Any("nothing", nil))
	end(nil)
	tracer.Writing(t.Context(), slog.Int("events", 3), slog.Duration("bytes", time.Second))(nil)
	var got []string
	for _, s := range spans.Ended() {
		for _, a := range s.Attributes() {
			if key := string(a.Key); strings.HasPrefix(key, "pitboss.") || strings.HasSuffix(key, ".size") || strings.HasSuffix(key, "message_count") || strings.HasSuffix(key, "message.id") {
				got = append(got, key+"="+a.Value.String())
			}
		}
	}
	if want := []string{
		"messaging.message.body.size=12", "messaging.message.id=c1", "pitboss.frame=play", "pitboss.seat=2",
		"pitboss.bytes=many", "pitboss.events=3", "pitboss.late=true", "pitboss.nothing=<nil>",
		"messaging.batch.message_count=3", "pitboss.bytes=1s",
	}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// An order not to sample goes along, too.
func TestUnsampled(t *testing.T) {
	t.Parallel()
	tracer, spans := recorded(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	memory, err := queue.NewFIFO(queue.Config[int]{})
	if err != nil {
		t.Fatal(err)
	}
	q := tracing.Queue(tracer, "q", pitboss.Queue[int](memory))
	ctx, end := tracer.Received(t.Context())
	if _, err := q.Enqueue(ctx, pitboss.Message[int]{}); err != nil {
		t.Fatal(err)
	}
	end(errors.New("broken"))
	d, err := q.Dequeue(t.Context())
	if err != nil || !strings.HasSuffix(d.Headers["traceparent"], "-00") {
		t.Errorf("%v, %v", d.Headers, err)
	}
	if n := len(spans.Ended()); n != 0 {
		t.Errorf("%d spans", n)
	}
}

// A timer has no cause: sending it makes no span, handling it begins a trace.
func TestNoCause(t *testing.T) {
	t.Parallel()
	tracer, spans := recorded(t)
	memory, err := queue.NewFIFO(queue.Config[int]{})
	if err != nil {
		t.Fatal(err)
	}
	q := tracing.Queue(tracer, "q", pitboss.Queue[int](memory))
	if _, err := q.Enqueue(t.Context(), pitboss.Message[int]{}); err != nil {
		t.Fatal(err)
	}
	d, err := q.Dequeue(t.Context())
	if err != nil || d.Headers != nil {
		t.Errorf("%v, %v", d.Headers, err)
	}
	_ = tracing.Handler[int](tracer, "q")(func(context.Context, *pitboss.Delivery[int]) error { return nil })(t.Context(), &d)
	if ended := spans.Ended(); len(ended) != 1 || ended[0].Parent().IsValid() {
		t.Errorf("%d spans", len(ended))
	}
}
