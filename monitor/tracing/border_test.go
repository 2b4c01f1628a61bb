package tracing_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/task"
)

// A task that one process submits and another runs is part of one trace: all
// that crosses the border between them is a message's text.
func TestAcrossProcesses(t *testing.T) {
	got := receive(t, "http/protobuf")
	makeTracer := func(service string) *tracing.Tracer {
		tracer, err := tracing.New(t.Context(), tracing.Config{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		return tracer
	}
	rooms, workers := makeTracer("rooms"), makeTracer("workers")

	// The rooms' side ends in a wire.
	type envelope struct {
		Work          task.Work         `json:"work"`
		CorrelationID string            `json:"correlation_id"`
		Headers       map[string]string `json:"headers"`
	}
	wire := make(chan []byte, 1)
	out := wireQueue{send: func(m pitboss.Message[task.Work]) error {
		text, err := json.Marshal(envelope{m.Payload, m.CorrelationID, m.Headers})
		wire <- text
		return err
	}}
	submitting, err := task.New(task.Config{Queue: tracing.Queue[task.Work](rooms, "tasks", out)})
	if err != nil {
		t.Fatal(err)
	}

	// The workers' side begins there.
	in, err := queue.NewPriority(queue.Config[task.Work]{Name: "tasks"})
	if err != nil {
		t.Fatal(err)
	}
	running, err := task.New(task.Config{
		Queue:      in,
		Middleware: []pitboss.Middleware[task.Work]{tracing.Handler[task.Work](workers, "tasks")},
	})
	if err != nil {
		t.Fatal(err)
	}
	type move struct{ Seat int }
	done := make(chan string, 1)
	err = task.Register(running, "bot.move", func(ctx context.Context, m move) error {
		done <- correlation.From(ctx)
		return nil
	}, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()

	cause, end := rooms.Received(correlation.With(t.Context(), "click-2"))
	if err := submitting.Submit(cause, task.Task{Type: "bot.move", Payload: move{3}}); err != nil {
		t.Fatal(err)
	}
	end(nil)
	var e envelope
	if err := json.Unmarshal(<-wire, &e); err != nil {
		t.Fatal(err)
	}
	e.Work.Payload, _ = json.Marshal(e.Work.Payload)
	if _, err := in.Enqueue(t.Context(), pitboss.Message[task.Work]{Payload: e.Work, CorrelationID: e.CorrelationID, Headers: e.Headers}); err != nil {
		t.Fatal(err)
	}
	if id := <-done; id != "click-2" {
		t.Errorf("the task is of %q", id)
	}
	stop()
	if err := errors.Join(<-ended, rooms.Shutdown(t.Context()), workers.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
	spans, _ := got.seen()
	trace := spans[0].trace
	chain := path(spans, trace, "", "process websocket", "send tasks", "process tasks")
	if chain == nil {
		t.Fatalf("the trace ends at the border:\n%s", tree(spans))
	}
	if chain[1].service != "rooms" || chain[2].service != "workers" {
		t.Errorf("sent by %q, run by %q", chain[1].service, chain[2].service)
	}
}

// wireQueue is a queue that another process consumes.
type wireQueue struct {
	send func(m pitboss.Message[task.Work]) error
}

func (w wireQueue) Enqueue(_ context.Context, m pitboss.Message[task.Work]) (pitboss.Receipt, error) {
	return pitboss.Receipt{Sequence: 1}, w.send(m)
}

func (w wireQueue) Dequeue(context.Context) (pitboss.Delivery[task.Work], error) {
	return pitboss.Delivery[task.Work]{}, pitboss.ErrClosed
}

func (w wireQueue) Close(context.Context) error { return nil }

// Bots who play among themselves make no trace without an end: the next one
// begins with a link to the one before.
func TestLongChainsAreCut(t *testing.T) {
	got := receive(t, "http/protobuf")
	tracer, err := tracing.New(t.Context(), tracing.Config{MaxHops: 3})
	if err != nil {
		t.Fatal(err)
	}
	memory, err := queue.NewFIFO(queue.Config[int]{Name: "turns"})
	if err != nil {
		t.Fatal(err)
	}
	turns := tracing.Queue(tracer, "turns", pitboss.Queue[int](memory))
	handle := tracing.Handler[int](tracer, "turns")(func(ctx context.Context, d *pitboss.Delivery[int]) error {
		if d.Payload == 8 {
			return nil
		}
		_, err := turns.Enqueue(ctx, pitboss.Message[int]{Payload: d.Payload + 1})
		return err
	})
	if _, err := turns.Enqueue(t.Context(), pitboss.Message[int]{}); err != nil {
		t.Fatal(err)
	}
	for range 9 {
		d, err := turns.Dequeue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := handle(t.Context(), &d); err != nil {
			t.Fatal(err)
		}
		_ = d.Ack()
	}
	if err := tracer.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans, _ := got.seen()
	sizes := make(map[string]int)
	var links []string
	for _, s := range spans {
		if s.name == "process turns" {
			sizes[s.trace]++
		}
		links = append(links, s.links...)
	}
	var each []int
	for _, n := range sizes {
		each = append(each, n)
	}
	slices.Sort(each)
	// Nobody sent the first in a trace; after that each trace handles three.
	if !slices.Equal(each, []int{3, 3, 3}) || len(links) != 2 || links[0] == links[1] || sizes[links[0]] == 0 {
		t.Errorf("turns by trace: %v, links %v\n%s", each, links, tree(spans))
	}
}

// A collector that is not there delays nobody, is told once, and what is made
// of it at the end is bounded.
func TestNoCollector(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	told := make(chan string, 100)
	tracer, err := tracing.New(t.Context(), tracing.Config{Log: slog.New(lines(told))})
	if err != nil {
		t.Fatal(err)
	}
	for range 10_000 { // more than the exporter's queue holds
		_, end := tracer.Received(t.Context())
		end(nil)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_ = tracer.Shutdown(ctx) // the time is over, or all has failed already
	select {
	case line := <-told:
		if line != "spans not exported; told again when they are" {
			t.Errorf("told %q", line)
		}
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
	if len(told) != 0 {
		t.Errorf("told again: %q", <-told)
	}
}

// lines is a log's handler that keeps the messages.
type lines chan string

func (l lines) Enabled(context.Context, slog.Level) bool { return true }
func (l lines) Handle(_ context.Context, r slog.Record) error {
	l <- r.Message
	return nil
}
func (l lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l lines) WithGroup(string) slog.Handler      { return l }
