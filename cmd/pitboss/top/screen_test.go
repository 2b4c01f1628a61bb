package top_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/pitboss-dev/pitboss/cmd/pitboss/top"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// busy is a server with so many rooms, one of each health and the rest well.
func busy(t *testing.T, rooms int) *top.Snapshot {
	t.Helper()
	snap := &top.Snapshot{Time: now, URL: "http://127.0.0.1:8080"}
	text := `{"version":"v1.2.3","uptime_seconds":11520,"store":"memory","connections":7,"status":"ready","queues":[
		{"name":"commands","ready":3,"rates":{"enqueued_per_second":1200,"acked_per_second":1199}},
		{"name":"tasks","counters":{"expired":2}},{"name":"events"}]}`
	if err := json.Unmarshal([]byte(text), &snap.Status); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"WAITING", "PREPARATION", "ROUND_START", "DECLARATION", "TURN", "TURN_RESULTS", "SCORING", "GAME_OVER"} {
		snap.Diagram.Nodes = append(snap.Diagram.Nodes, top.Node{Name: state, Rooms: 3, Mean: 0.4, P95: 61})
	}
	snap.Rooms.Summary.Total, snap.Rooms.Summary.Health = rooms, map[string]int{"healthy": rooms - 1, "stuck": 1}
	for i := range rooms {
		snap.Rooms.Rooms = append(snap.Rooms.Rooms, top.Room{
			ID: fmt.Sprintf("table-%06d", i), State: "TURN", Health: "healthy", Bots: 4, Last: now.Add(-time.Second),
		})
	}
	if rooms > 0 {
		last := &snap.Rooms.Rooms[rooms-1]
		last.Health, last.Stuck, last.ID = "stuck", &top.Stuck{Reason: "timer_lost"}, "a-room-with-a-name-that-is-far-too-long"
	}
	return snap
}

func TestScreenFits(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {200, 50}, {40, 10}, {10, 3}, {1, 1}} {
		for _, rooms := range []int{0, 1, 500} {
			s := top.Screen{Width: size[0], Height: size[1], Note: strings.Repeat("long ", 60), Now: now}
			text := s.Draw(busy(t, rooms))
			lines := strings.Split(text, "\n")
			if len(lines) != max(size[1], 2) {
				t.Errorf("%v, %d rooms: %d lines", size, rooms, len(lines))
			}
			for _, line := range lines {
				if size[0] >= 40 && lipgloss.Width(line) > size[0] {
					t.Errorf("%v, %d rooms: %d columns in %q", size, rooms, lipgloss.Width(line), line)
				}
			}
		}
	}
}

func TestScreenShowsTheWorstFirst(t *testing.T) {
	t.Parallel()
	s := top.Screen{Width: 80, Height: 24, Plain: true, Now: now}
	text := s.Draw(busy(t, 500))
	if strings.Contains(text, "\x1b") {
		t.Error("a plain screen has escapes")
	}
	_, rooms, _ := strings.Cut(text, "ROOM ")
	first := strings.Split(rooms, "\n")[1]
	if !strings.HasPrefix(first, "a-room-with-a-name-…") || !strings.Contains(first, "stuck") {
		t.Errorf("first room %q", first)
	}
	for _, want := range []string{"pitboss v1.2.3", "up 3h12m", "ready", "stuck 1", "TURN_RESULTS", "1m01s", "commands", "1200", "… and "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text := s.Draw(busy(t, 1)); !strings.Contains(text, "timer_lost") {
		t.Errorf("the reason is not shown in\n%s", text)
	}
}

func TestScreenSaysHowOldItIs(t *testing.T) {
	t.Parallel()
	s := top.Screen{Width: 80, Height: 24, Plain: true, Now: now.Add(10 * time.Second)}
	if text := s.Draw(busy(t, 1)); !strings.Contains(text, "STALE 10.0s") {
		t.Errorf("got\n%s", text)
	}
}

func TestScreenScrolls(t *testing.T) {
	t.Parallel()
	s := top.Screen{Width: 80, Height: 24, Plain: true, Now: now, Offset: 499}
	if text := s.Draw(busy(t, 500)); !strings.Contains(text, "table-000498") || strings.Contains(text, "… and") {
		t.Errorf("got\n%s", text)
	}
	s.Offset = 10_000
	if text := s.Draw(busy(t, 2)); !strings.Contains(text, "table-000000") {
		t.Errorf("got\n%s", text)
	}
}
