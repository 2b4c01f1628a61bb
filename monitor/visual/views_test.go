package visual_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

// fields fails unless the object has all of the fields.
func fields(t *testing.T, object any, names string) map[string]any {
	t.Helper()
	o, ok := object.(map[string]any)
	if !ok {
		t.Fatalf("%T is no object", object)
	}
	for name := range strings.FieldsSeq(names) {
		if _, ok := o[name]; !ok {
			t.Errorf("no %s in %v", name, o)
		}
	}
	return o
}

func first(t *testing.T, o map[string]any, list string) any {
	t.Helper()
	values, _ := o[list].([]any)
	if len(values) == 0 {
		t.Fatalf("%s is %v", list, o[list])
	}
	return values[0]
}

// The shapes that the outside contract has.
func TestShapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, room.Config{}, visual.Config{})
		places := h.table("r1", "timed", "ann", "bob")
		for i := range 8 {
			wait(time.Second)
			h.say(places[i%2], "say")
		}
		h.say(places[1], "say") // out of turn
		h.say(places[0], "break")
		if err := h.Lose(t.Context(), places[0]); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()

		diagram := fields(t, shown(t, h.visual.Diagram()), "type generated_at nodes edges")
		fields(t, first(t, diagram, "nodes"), "name active_rooms avg_duration_seconds p95_duration_seconds errors transitions_in transitions_out")
		fields(t, first(t, diagram, "edges"), "from to count avg_duration_ms p95_duration_ms error_rate last_transition")
		rooms := fields(t, shown(t, h.visual.Rooms(visual.RoomFilter{})), "type summary by_state rooms")
		summary := fields(t, rooms["summary"], "total_rooms active_rooms players bots health")
		fields(t, summary["health"], "healthy idle warning critical stuck")
		status := fields(t, first(t, rooms, "rooms"),
			"room_id game_id state players bots created_at last_activity actions errors health phase_durations")
		for field, want := range map[string]any{
			"room_id": "r1", "game_id": "r1.1", "state": "HIGH", "players": 2.0, "bots": 0.0, "actions": 8.0, "health": "healthy",
		} {
			if status[field] != want {
				t.Errorf("%s is %v, want %v", field, status[field], want)
			}
		}
		if phases := status["phase_durations"].(map[string]any); phases["LOW"] != 6.0 || phases["HIGH"] != 2.0 {
			t.Errorf("phase durations %v", phases)
		}
		errs := fields(t, shown(t, h.visual.Errors()), "type states errors cells rejections total")
		rejections := fmt.Sprint(errs["rejections"])
		if !strings.Contains(rejections, room.CodeNotYourTurn) || !strings.Contains(rejections, room.CodeInternal) {
			t.Errorf("rejections %s", rejections)
		}
		flow := h.visual.Flow()
		for _, l := range flow.Links {
			if !slices.ContainsFunc(flow.Nodes, func(n visual.FlowNode) bool { return n.Name == l.Target && n.Depth > 0 }) {
				t.Errorf("%+v leads nowhere", l)
			}
		}
		if len(flow.Links) != 2 || len(flow.Loops) != 0 {
			t.Errorf("%+v", flow)
		}
		ann := fields(t, shown(t, must(t, h.visual, "ann")), "player player_type games wins actions rejected disconnects phases_left")
		if ann["actions"] != 4.0 || ann["rejected"] != 1.0 || ann["disconnects"] != 1.0 || ann["avg_response_seconds"] != 1.0 || fmt.Sprint(ann["rooms"]) != "[r1]" {
			t.Errorf("ann: %v", ann)
		}
		if _, known := h.visual.Player("zed"); known {
			t.Error("zed is known")
		}
		activity := h.visual.Activity(1)
		if len(activity.Players) != 1 || activity.Players[0].Player != "ann" || activity.Summary.Known != 2 || activity.Summary.Seated != 2 {
			t.Errorf("%+v", activity)
		}
		if left := activity.PhasesLeft; len(left) != 1 || left[0].State != "HIGH" || left[0].Disconnected != 1 {
			t.Errorf("phases left: %+v", left)
		}
	})
}

func must(t *testing.T, v *visual.Visual, name string) visual.Player {
	t.Helper()
	p, ok := v.Player(name)
	if !ok {
		t.Fatalf("%s is not known", name)
	}
	return p
}

// at is a commit of a room at a time, as a host would make it.
func at(now time.Time, id string, events ...event.Event) *room.Commit {
	for i := range events {
		events[i].Time, events[i].Room, events[i].RoomSeq = now, id, 1
	}
	return &room.Commit{Room: id, GameName: "g", Received: now, Time: now, Done: now.Add(time.Millisecond), Events: events}
}

var (
	opened = event.Event{Type: event.RoomCreated, Data: event.Opening{Game: "g"}}
	closed = event.Event{Type: event.RoomClosed, Data: event.Closing{}}
	late   = event.Event{Type: event.ErrorOccurred, Data: event.Fault{Error: "late"}}
)

func TestHealth(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_800_000_000, 0)
	for name, test := range map[string]struct {
		errors int // within a minute
		after  time.Duration
		want   visual.Health
	}{
		"new":                  {0, 0, visual.Healthy},
		"5 errors":             {5, time.Minute, visual.Healthy},
		"6 errors":             {6, time.Minute, visual.Warning},
		"10 errors":            {10, time.Minute, visual.Warning},
		"11 errors":            {11, time.Minute, visual.Critical},
		"11 errors, later":     {11, 9 * time.Minute, visual.Critical},
		"50 errors, long ago":  {50, 12 * time.Minute, visual.Idle},
		"quiet":                {0, 5*time.Minute - time.Second, visual.Healthy},
		"idle":                 {0, 5 * time.Minute, visual.Idle},
		"6 errors, then quiet": {6, 7 * time.Minute, visual.Warning},
	} {
		now := start
		v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		v.Observe(at(now, "r", opened))
		for range test.errors {
			now = now.Add(time.Second)
			v.Observe(at(now, "r", late))
		}
		now = start.Add(test.after)
		if test.errors > 0 && test.after < time.Minute {
			now = start.Add(time.Minute)
		}
		if got := v.Rooms(visual.RoomFilter{}).Rooms[0].Health; got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// A player's deadline that passed twice over without an event.
func TestDeadlinePassedTwiceOver(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	c := at(now, "r", opened)
	c.Waiting = []room.OpenOffer{{Seat: 0, Player: "ann", By: room.Human, Turn: 1, Opened: now, Deadline: now.Add(time.Minute)}}
	v.Observe(c)
	timer := at(now.Add(time.Minute), "r") // the room looked, and left it at that
	timer.Command = "timer"
	v.Observe(timer)
	now = now.Add(2*time.Minute - time.Second)
	if stuck := v.StuckRooms(); len(stuck) > 0 {
		t.Errorf("stuck too soon: %+v", *stuck[0].Stuck)
	}
	now = now.Add(time.Second)
	if stuck := v.StuckRooms(); len(stuck) != 1 || stuck[0].Stuck.Reason != visual.WaitingForHuman {
		t.Errorf("%+v", stuck)
	}
}

func TestPagesOfRooms(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for n := range 57 {
		id := fmt.Sprintf("r%02d", n*7%57)
		v.Observe(at(now, id, opened))
		want = append(want, id)
	}
	slices.Sort(want)
	var got []string
	for filter := (visual.RoomFilter{Limit: 5}); ; {
		page := v.Rooms(filter)
		if page.Summary.Total != 57 || len(page.Rooms) > 5 {
			t.Fatalf("%d rooms on a page of %d", len(page.Rooms), page.Summary.Total)
		}
		for _, r := range page.Rooms {
			got = append(got, r.Room)
		}
		if filter.After = page.Next; page.Next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if page := v.Rooms(visual.RoomFilter{State: "NOWHERE"}); len(page.Rooms) != 0 {
		t.Errorf("%d rooms in no state", len(page.Rooms))
	}
	for _, limit := range []int{0, -1, -100} { // the standard one
		if page := v.Rooms(visual.RoomFilter{Limit: limit}); len(page.Rooms) != 57 {
			t.Errorf("limit %d: %d rooms", limit, len(page.Rooms))
		}
	}
}

// The worst come first, as a list of all rooms has them when it is sorted.
func TestWorstRooms(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 400 {
		id := fmt.Sprintf("r%03d", n*7%400)
		v.Observe(at(now, id, opened))
		for range n * 11 % 14 {
			v.Observe(at(now, id, late))
		}
	}
	all := v.Rooms(visual.RoomFilter{Limit: 1000}).Rooms
	rank := func(r visual.RoomStatus) int { return slices.Index(visual.Healths(), r.Health) }
	slices.SortFunc(all, func(a, b visual.RoomStatus) int {
		return cmp.Or(rank(b)-rank(a), int(b.Errors)-int(a.Errors), strings.Compare(a.Room, b.Room))
	})
	if all[0].Health != visual.Critical || all[399].Health != visual.Healthy {
		t.Fatalf("from %s to %s", all[0].Health, all[399].Health)
	}
	for _, filter := range []visual.RoomFilter{{}, {Text: "R1"}, {Text: "9"}, {Health: visual.Warning}, {Health: visual.Healthy, Text: "r0"}, {Text: "nowhere"}} {
		want := slices.DeleteFunc(slices.Clone(all), func(r visual.RoomStatus) bool {
			return !strings.Contains(r.Room, strings.ToLower(filter.Text)) || filter.Health != "" && r.Health != filter.Health
		})
		for _, limit := range []int{1, 7, 100, 1000} {
			filter.Worst, filter.Limit = true, limit
			page := v.Rooms(filter)
			if page.Matching != len(want) || page.Next != "" {
				t.Errorf("%+v: %d match, want %d; next %q", filter, page.Matching, len(want), page.Next)
			}
			same := func(a, b visual.RoomStatus) bool { return a.Room == b.Room }
			if first := want[:min(limit, len(want))]; !slices.EqualFunc(page.Rooms, first, same) {
				t.Errorf("%+v: %d rooms that are not the worst %d", filter, len(page.Rooms), len(first))
			}
		}
	}
}

// The timeline agrees with a naive list, whatever the window.
func TestPerformance(t *testing.T) {
	t.Parallel()
	begin := time.Unix(1_800_000_000, 0)
	now := begin
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	var times []time.Time
	v.Observe(at(now, "r", opened))
	for n := range 3000 {
		now = now.Add(time.Duration(n%90) * time.Second)
		v.Observe(at(now, "r", event.Event{Type: event.PlayerAction, Data: event.Action{Seat: 0, Action: "say"}}))
		times = append(times, now)
	}
	for _, window := range []time.Duration{time.Minute, 90 * time.Second, time.Hour, 2 * time.Hour, 24 * time.Hour} {
		p := v.Performance(window)
		step := time.Duration(p.BucketSeconds * float64(time.Second))
		var sum uint64
		for _, b := range p.Buckets {
			var want uint64
			for _, at := range times {
				if !at.Before(b.Time) && at.Before(b.Time.Add(step)) {
					want++
				}
			}
			if b.Actions != want {
				t.Errorf("%v: %d actions at %v, want %d", window, b.Actions, b.Time, want)
			}
			sum += b.Actions
		}
		covered := p.Buckets[len(p.Buckets)-1].Time.Add(step).Sub(p.Buckets[0].Time)
		if p.Total.Actions != sum || covered < window || covered >= window+step {
			t.Errorf("%v: %d actions together, buckets cover %v", window, p.Total.Actions, covered)
		}
		if p.Total.MeanMS != 1 || p.Total.P99MS < 0.99 || p.Total.P99MS > 1.04 {
			t.Errorf("%v: actions took %g ms, p99 %g", window, p.Total.MeanMS, p.Total.P99MS)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := visual.New(visual.Config{Retention: -1, MaxClosed: -1, ForgetSilent: -1, PlayerRetention: -1, MaxPlayers: -1, Patience: -1})
	for _, field := range []string{"retention", "max_closed", "forget_silent", "player_retention", "max_players", "patience"} {
		if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
}

// What nothing happened to is shown as lists without entries, not as null.
func TestEmpty(t *testing.T) {
	t.Parallel()
	v, err := visual.New(visual.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range []any{
		v.Diagram(), v.Rooms(visual.RoomFilter{}), v.Performance(time.Hour), v.Errors(), v.Flow(), v.Activity(10),
	} {
		if text, err := json.Marshal(view); err != nil || strings.Contains(string(text), "null") {
			t.Errorf("%s, %v", text, err)
		}
	}
}
