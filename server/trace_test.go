package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
)

// traces is a Tracer that writes down what it is told.
type traces struct {
	mu       sync.Mutex
	received []string
	writing  []string
}

func (tr *traces) Received(ctx context.Context, attrs ...slog.Attr) (inner context.Context, end func(fault error)) {
	began := fmt.Sprint(correlation.From(ctx), " ", correlation.TraceID(correlation.Trace(ctx)), " ", attrs[0].Value, " ", attrs[1].Value)
	return ctx, func(fault error) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.received = append(tr.received, fmt.Sprint(began, " ", fault))
	}
}

func (tr *traces) Writing(ctx context.Context, attrs ...slog.Attr) (end func(fault error)) {
	return func(fault error) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.writing = append(tr.writing, fmt.Sprint(correlation.TraceID(correlation.Trace(ctx)), " ", attrs[0].Value, " ", attrs[2].Value, " ", fault))
	}
}

// A frame is followed from its receipt to its answer, and what came of it to
// each player, in the client's own trace; a refusal is no fault. A frame that
// brings no correlation ID gets one.
func TestFramesAreTraced(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	var tr traces
	h := open(t, func(c *server.Config) { c.Tracer = &tr })
	id := h.room(0)
	ann, bob := h.join("room="+id+"&player=ann"), h.join("room="+id+"&player=bob")
	bob.send(`{"id":"b1","type":"ready"}`)
	ann.send(`{"id":"a1","type":"ready","correlation_id":"click-1","traceparent":"00-` + trace + `-00f067aa0ba902b7-01"}`)
	if f := ann.answer("a1"); f.Type != "ack" {
		t.Fatalf("%+v", f)
	}
	ann.send(`{"id":"a2","type":"say","data":{"n":99},"correlation_id":"click-2","traceparent":"nonsense"}`)
	if f := ann.answer("a2"); f.Type != "error" || f.Code != codeTooMuch {
		t.Fatalf("%+v", f)
	}
	bob.until("the game's start", func(f frame) bool { return f.Type == "event" && f.data(t)["type"] == string(event.GameStarted) })
	bob.send(`{"id":"b2","type":"resync"}`) // what came before has been written, and its end told
	bob.answer("b2")

	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, want := range []string{"click-1 " + trace + " ready a1 <nil>", "click-2  say a2 <nil>"} {
		if !slices.Contains(tr.received, want) {
			t.Errorf("no %q in %q", want, tr.received)
		}
	}
	writes := make(map[string]int)
	for _, w := range tr.writing {
		writes[w]++
	}
	f, err := h.host.Follow(t.Context(), id, room.NoSeat, 0)
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for {
		u, wait, err := f.Poll()
		if wait != nil || err != nil {
			break
		}
		for _, e := range u.Events {
			if !correlation.WellFormed(e.CorrelationID) {
				t.Errorf("%s has the ID %q", e.Type, e.CorrelationID)
			}
			if e.CorrelationID == "click-1" {
				events++
			}
		}
	}
	for seat := range 2 {
		if want := fmt.Sprintf("%s %d %d <nil>", trace, events, seat); writes[want] != 1 {
			t.Errorf("%d times %q in %q", writes[want], want, tr.writing)
		}
	}
}
