package room_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// parts is a Tracer that writes down what began and how it ended.
type parts struct {
	mu   sync.Mutex
	list []string
}

type partKey struct{}

func (p *parts) Begin(ctx context.Context, part string) (inner context.Context, end func(fault error)) {
	return context.WithValue(ctx, partKey{}, part), func(fault error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if fault != nil {
			part += ": " + fault.Error()
		}
		p.list = append(p.list, part)
	}
}

func (p *parts) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.list
	p.list = nil
	return taken
}

// contexts is an observer that wants the command's context.
type contexts struct {
	mu             sync.Mutex
	part, id       string
	trace          string
	withoutContext int
}

func (o *contexts) Observe(*room.Commit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.withoutContext++
}

func (o *contexts) ObserveContext(ctx context.Context, c *room.Commit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.part, _ = ctx.Value(partKey{}).(string)
	o.id, o.trace = correlation.From(ctx), c.Trace
}

const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// Each command is handled in the same parts, a refusal is no fault, and what
// the command carried is in the events, with observers and with followers.
func TestTracer(t *testing.T) {
	t.Parallel()
	var tracer parts
	var seen contexts
	h, stop := open(t, room.Config{Tracer: &tracer, Observers: []room.Observer{&seen}})
	defer stop()
	ann, _ := h.started("r")
	tracer.take()
	ctx := correlation.WithTrace(correlation.With(t.Context(), "c1"), traceparent)
	const observed = "observe room_test.contexts"
	for _, c := range []struct {
		command room.Command
		want    []string
	}{
		{room.Command{Type: "take", Data: 9}, []string{"decide", observed}},
		{room.Command{Type: "take", Data: 1}, []string{"decide", "append to journal", observed}},
	} {
		c.command.Room, c.command.Seat, c.command.By = "r", ann.Seat, room.Human
		if _, err := h.Do(ctx, c.command); err != nil {
			t.Fatal(err)
		}
		if got := tracer.take(); !slices.Equal(got, c.want) {
			t.Errorf("%v: parts are %q, want %q", c.command.Data, got, c.want)
		}
		seen.mu.Lock()
		if seen.part != observed || seen.id != "c1" || seen.trace != traceparent || seen.withoutContext != 0 {
			t.Errorf("observed %+v", &seen)
		}
		seen.mu.Unlock()
	}
	f, err := h.Follow(t.Context(), "r", room.NoSeat, 0)
	if err != nil {
		t.Fatal(err)
	}
	var last room.Update
	for {
		u, wait, err := f.Poll()
		if err != nil {
			t.Fatal(err)
		}
		if wait != nil {
			break
		}
		last = u
	}
	if e := last.Events[0]; last.Trace != traceparent || e.TraceID != traceID || e.CorrelationID != "c1" {
		t.Errorf("followed %+v", last)
	}
}

// A journal that fails is a fault.
func TestTracerSeesFaults(t *testing.T) {
	t.Parallel()
	var tracer parts
	h, stop := open(t, room.Config{Tracer: &tracer, Journal: brokenJournal{new(room.MemoryJournal)}})
	defer stop()
	_, err := h.Create(t.Context(), room.Spec{ID: "r", Game: "nim"})
	if err == nil {
		t.Fatal("created without a journal")
	}
	if got := tracer.take(); !slices.Contains(got, "append to journal: broken") {
		t.Errorf("parts are %q", got)
	}
}

type brokenJournal struct{ *room.MemoryJournal }

func (brokenJournal) Append(context.Context, string, uint64, []event.Event) error {
	return errors.Join(pitboss.Permanent(errors.New("broken")))
}

// What nobody asked for has an ID of its own: a timer's, and a command's that
// came without one.
func TestEveryCauseHasAnID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, stop := timed(t, room.Config{}, false)
		defer stop()
		h.started("r")
		wait(31 * time.Second) // ann's time is over: a bot stands in
		ids := make(map[string]bool)
		away := ""
		events, err := h.journal.Read(t.Context(), "r", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if !correlation.WellFormed(e.CorrelationID) {
				t.Errorf("%s has the ID %q", e.Type, e.CorrelationID)
			}
			if a, ok := e.Data.(event.Action); ok && a.Action == event.ActionAway {
				away = e.CorrelationID
				if ids[away] {
					t.Error("the timer goes by another cause's ID")
				}
			}
			ids[e.CorrelationID] = true
		}
		if away == "" {
			t.Fatal("no timer fired")
		}
	})
}
