package tracing_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/queue"
)

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
	spans := got.until(t, func(spans []span) bool {
		handled := 0
		for _, s := range spans {
			if s.name == "process turns" {
				handled++
			}
		}
		return handled == 9
	})
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
