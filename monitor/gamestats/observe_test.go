package gamestats_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/room"
)

// commit is one of a room, as a host would make it.
func commit(events ...event.Event) *room.Commit {
	now := time.Unix(1_800_000_000, 0)
	for i := range events {
		events[i].RoomSeq = uint64(i + 1)
	}
	return &room.Commit{Room: "r", GameName: "nim", Received: now, Time: now, Done: now.Add(time.Millisecond), Events: events}
}

func moved(from, to, trace string) event.Event {
	return event.Event{Type: event.StateChanged, TraceID: trace, Data: event.StateChange{From: from, To: to, DurationMS: 10}}
}

// What comes to a room that has closed, timers for example, begins no new one.
func TestClosedRoomsCountNoMore(t *testing.T) {
	t.Parallel()
	s := gamestats.New(gamestats.Config{})
	registry := registered(t, s)
	s.Observe(commit(event.Event{Type: event.RoomCreated}))
	s.Observe(commit(event.Event{Type: event.RoomClosed}))
	s.Observe(commit())
	check(t, registry, `
# HELP pitboss_state_rooms Open rooms by their game's state.
# TYPE pitboss_state_rooms gauge
pitboss_state_rooms{state="WAITING"} 0
`, "pitboss_state_rooms")
}

// More rooms than are at hand, in turns, some forgotten in between.
func TestManyRoomsInTurns(t *testing.T) {
	t.Parallel()
	s := gamestats.New(gamestats.Config{})
	registry := registered(t, s)
	const rooms = 3000
	each := func(events func(n int) []event.Event) {
		for n := range rooms {
			if e := events(n); e != nil {
				c := commit(e...)
				c.Room = "r" + strings.Repeat("0", n/1000) + string(rune('a'+n%26)) + time.Duration(n).String()
				s.Observe(c)
			}
		}
	}
	each(func(int) []event.Event { return []event.Event{moved(room.Waiting, "A", "")} })
	each(func(int) []event.Event { return []event.Event{moved("A", "B", "")} })
	each(func(n int) []event.Event {
		if n%3 == 0 {
			return []event.Event{{Type: event.RoomClosed}}
		}
		return nil
	})
	check(t, registry, `
# HELP pitboss_state_rooms Open rooms by their game's state.
# TYPE pitboss_state_rooms gauge
pitboss_state_rooms{state="A"} 0
pitboss_state_rooms{state="B"} 2000
pitboss_state_rooms{state="WAITING"} 0
# HELP pitboss_state_transitions_total Changes of state.
# TYPE pitboss_state_transitions_total counter
pitboss_state_transitions_total{from="A",to="B"} 3000
pitboss_state_transitions_total{from="WAITING",to="A"} 3000
`, "pitboss_state_rooms", "pitboss_state_transitions_total")
}

func TestBroadcastsAndFaults(t *testing.T) {
	t.Parallel()
	s := gamestats.New(gamestats.Config{})
	registry := registered(t, s)
	s.Broadcast(time.Millisecond, nil)
	s.Broadcast(time.Millisecond, nil)
	s.Broadcast(time.Second, errors.New("gone"))
	fault := event.Event{Type: event.ErrorOccurred, Data: event.Fault{Error: "internal", State: "A"}}
	journaled := fault
	journaled.RoomSeq = 7
	for _, e := range []*event.Event{&fault, &journaled} { // the second comes by Observe
		if err := s.Event(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	s.Observe(commit(event.Event{Type: event.ErrorOccurred, Data: event.Fault{Error: "late", State: "A"}}))
	check(t, registry, `
# HELP pitboss_broadcast_failures_total Deliveries that failed.
# TYPE pitboss_broadcast_failures_total counter
pitboss_broadcast_failures_total 1
# HELP pitboss_broadcast_recipients_total Deliveries of the events of one command to one recipient.
# TYPE pitboss_broadcast_recipients_total counter
pitboss_broadcast_recipients_total 2
# HELP pitboss_state_errors_total Errors by the state in which they occurred.
# TYPE pitboss_state_errors_total counter
pitboss_state_errors_total{error="internal",state="A"} 1
pitboss_state_errors_total{error="internal",state="WAITING"} 0
pitboss_state_errors_total{error="late",state="A"} 1
pitboss_state_errors_total{error="late",state="WAITING"} 0
`, "pitboss_broadcast_failures_total", "pitboss_broadcast_recipients_total", "pitboss_state_errors_total")
}

// An exemplar ties a duration to its trace, and is there only with one.
func TestExemplars(t *testing.T) {
	t.Parallel()
	s := gamestats.New(gamestats.Config{})
	registry := registered(t, s)
	s.Observe(commit(moved("WAITING", "A", "4bf92f3577b34da6a3ce929d0e0e4736")))
	s.Observe(commit(moved("A", "B", "")))
	action := event.Event{Type: event.PlayerAction, TraceID: "00f067aa0ba902b700f067aa0ba902b7", Data: event.Action{Action: "take", PlayerType: "bot"}}
	s.Observe(commit(action))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	traces := make(map[string]int)
	native := make(map[string]bool)
	for _, f := range families {
		for _, m := range f.Metric {
			if m.Histogram == nil {
				continue
			}
			native[f.GetName()] = m.Histogram.Schema != nil
			for _, b := range m.Histogram.Bucket {
				traces[f.GetName()+" "+traceOf(b.Exemplar)]++
			}
		}
	}
	if traces["pitboss_state_transition_duration_seconds 4bf92f3577b34da6a3ce929d0e0e4736"] != 1 ||
		traces["pitboss_action_duration_seconds 00f067aa0ba902b700f067aa0ba902b7"] != 1 {
		t.Errorf("exemplars: %v", traces)
	}
	if !native["pitboss_action_duration_seconds"] || !native["pitboss_phase_duration_seconds"] {
		t.Errorf("native histograms: %v", native)
	}
}

func traceOf(e *dto.Exemplar) string {
	for _, l := range e.GetLabel() {
		if l.GetName() == "trace_id" {
			return l.GetValue()
		}
	}
	return "none"
}
