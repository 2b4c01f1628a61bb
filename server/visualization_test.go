package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/server"
)

// pictured is a server with pictures, at which ann and ben have said numbers.
func pictured(t *testing.T) (h *house, room string) {
	t.Helper()
	v, err := visual.New(visual.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h = open(t, func(c *server.Config) {
		c.Visual = v
		c.Host.Observe(v)
	})
	room = h.room(0)
	ann, ben := h.join("room="+room+"&player=ann"), h.join("room="+room+"&player=ben")
	ann.send(`{"id":"r","type":"ready"}`)
	ann.answer("r")
	ann.send(`{"id":"a","type":"say","data":{"n":3,"word":"plum"}}`)
	ann.answer("a")
	ben.send(`{"id":"b","type":"say","data":{"n":2,"word":"fig"}}`)
	ben.answer("b")
	return h, room
}

func TestVisualization(t *testing.T) {
	t.Parallel()
	h, room := pictured(t)
	for path, want := range map[string]string{
		"":                        "visualization",
		"/state-diagram":          "state_diagram",
		"/rooms":                  "room_status",
		"/performance?window=15m": "performance",
		"/errors":                 "error_heatmap",
		"/flow":                   "flow",
		"/players":                "player_activity",
	} {
		response, body := h.request("GET", "/api/v1/visualization"+path, "")
		if response.StatusCode != http.StatusOK || body["type"] != want || body["generated_at"] == nil {
			t.Errorf("%q: %d %v", path, response.StatusCode, body)
		}
	}
	_, all := h.request("GET", "/api/v1/visualization?window=5m&limit=1", "")
	for _, part := range []string{"state_diagram", "rooms", "performance", "errors", "flow", "players"} {
		if _, ok := all[part].(map[string]any); !ok {
			t.Errorf("%s is %v", part, all[part])
		}
	}
	_, rooms := h.request("GET", "/api/v1/visualization/rooms?state=SAYING&health=healthy", "")
	if list := rooms["rooms"].([]any); len(list) != 1 || list[0].(map[string]any)["room_id"] != room {
		t.Errorf("rooms %v", rooms["rooms"])
	}
	_, rooms = h.request("GET", "/api/v1/visualization/rooms?after="+room, "")
	if list := rooms["rooms"].([]any); len(list) != 0 {
		t.Errorf("rooms after the last: %v", list)
	}
	_, ben := h.request("GET", "/api/v1/players/ben", "")
	if ben["player"] != "ben" || ben["player_type"] != "human" || ben["actions"] != 1.0 || fmt.Sprint(ben["rooms"]) != "["+room+"]" {
		t.Errorf("ben: %v", ben)
	}
	if response, body := h.request("GET", "/api/v1/players/zed", ""); response.StatusCode != http.StatusNotFound || body["code"] != "no_such_player" {
		t.Errorf("zed: %d %v", response.StatusCode, body)
	}
}

// What is wrong with a request is named, with its value and what is allowed.
func TestVisualizationProblems(t *testing.T) {
	t.Parallel()
	h, room := pictured(t)
	for path, want := range map[string][3]string{
		"visualization/performance?window=soon":    {"window", "soon", "60m"},
		"visualization/performance?window=1s":      {"window", "1s", "1m0s to 24h0m0s"},
		"visualization/performance?window=48h":     {"window", "48h", "1m0s to 24h0m0s"},
		"visualization?window=-5m":                 {"window", "-5m", "1m0s to 24h0m0s"},
		"visualization/rooms?limit=0":              {"limit", "0", "1 to 1000"},
		"visualization/rooms?health=sad":           {"health", "sad", "stuck"},
		"visualization/rooms?order=best":           {"order", "best", "id or worst"},
		"visualization/rooms?order=worst&after=r1": {"after", "r1", "one page"},
		"visualization/players?limit=many":         {"limit", "many", "1 to 1000"},
		"rooms/" + room + "/state?at=x":            {"at", "x", "sequence number"},
		"rooms/" + room + "/state?at=4711":         {"at", "4711", "0 to "},
		"rooms/" + room + "/state?reveal=hands":    {"reveal", "hands", "true or false"},
	} {
		response, body := h.request("GET", "/api/v1/"+path, "")
		if response.StatusCode != http.StatusBadRequest || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v", path, response.StatusCode, body)
			continue
		}
		fault := body["errors"].([]any)[0].(map[string]any)
		if fault["field"] != want[0] || fmt.Sprint(fault["value"]) != want[1] || !strings.Contains(fault["allowed"].(string), want[2]) {
			t.Errorf("%s: %v", path, fault)
		}
	}
}

// One state, one change of state and one room are there to be looked at closely.
func TestVisualizationDetails(t *testing.T) {
	t.Parallel()
	h, room := pictured(t)
	_, diagram := h.request("GET", "/api/v1/visualization/state-diagram", "")
	edge := diagram["edges"].([]any)[0].(map[string]any)
	_, took := h.request("GET", fmt.Sprintf("/api/v1/visualization/transitions/%s/%s", edge["from"], edge["to"]), "")
	if took["type"] != "transition" || took["count"] != edge["count"] || took["p95_duration_ms"] != edge["p95_duration_ms"] {
		t.Errorf("transition %v, in the diagram %v", took, edge)
	}
	if got := counted(took["durations"]); got != took["count"] {
		t.Errorf("the bars hold %v of %v changes", got, took["count"])
	}
	if slowest := took["slowest"].([]any); len(slowest) != 1 || slowest[0].(map[string]any)["room_id"] != room || slowest[0].(map[string]any)["room_seq"].(float64) < 1 {
		t.Errorf("the slowest changes are %v, want one of %s", slowest, room)
	}
	_, stays := h.request("GET", fmt.Sprintf("/api/v1/visualization/states/%s", edge["from"]), "")
	if got := counted(stays["durations"]); got == 0 || got != stays["transitions_out"] {
		t.Errorf("the bars hold %v of %v stays", got, stays["transitions_out"])
	}
	_, saying := h.request("GET", "/api/v1/visualization/states/SAYING", "")
	longest := saying["longest"].([]any)
	if saying["type"] != "state" || saying["name"] != "SAYING" || len(longest) != 1 || longest[0].(map[string]any)["room_id"] != room {
		t.Errorf("state: %v", saying)
	}
	_, worst := h.request("GET", "/api/v1/visualization/rooms?order=worst&limit=1&q="+strings.ToUpper(room), "")
	if rooms := worst["rooms"].([]any); worst["matching"] != 1.0 || len(rooms) != 1 || rooms[0].(map[string]any)["room_id"] != room {
		t.Errorf("worst: %v", worst)
	}
	_, status := h.request("GET", "/api/v1/visualization/rooms/"+room, "")
	if status["room_id"] != room || status["state"] != "SAYING" || status["health"] != "healthy" || status["state_since"] == nil {
		t.Errorf("room: %v", status)
	}
	for path, code := range map[string]string{
		"states/ASLEEP": "no_such_state", "transitions/SAYING/ASLEEP": "no_such_transition",
		"transitions/ASLEEP/SAYING": "no_such_transition", "rooms/nowhere": "no_such_room",
	} {
		response, body := h.request("GET", "/api/v1/visualization/"+path, "")
		if response.StatusCode != http.StatusNotFound || body["code"] != code {
			t.Errorf("%s: %d %v", path, response.StatusCode, body)
		}
	}
}

func counted(bars any) (n float64) {
	for _, bar := range bars.([]any) {
		n += bar.(map[string]any)["count"].(float64)
	}
	return n
}

func TestStateAt(t *testing.T) {
	t.Parallel()
	h, room := pictured(t)
	_, now := h.request("GET", "/api/v1/rooms/"+room+"/state", "")
	if now["state"] != "SAYING" || now["view"].(map[string]any)["total"] != 5.0 || now["views"] != nil {
		t.Errorf("now: %v", now)
	}
	last := int(now["seq"].(float64))
	totals := make([]float64, 0, last+1)
	for at := range last + 1 {
		response, then := h.request("GET", fmt.Sprintf("/api/v1/rooms/%s/state?at=%d", room, at), "")
		if response.StatusCode != http.StatusOK || then["seq"] != float64(at) {
			t.Fatalf("at %d: %d %v", at, response.StatusCode, then)
		}
		totals = append(totals, then["view"].(map[string]any)["total"].(float64))
	}
	if totals[0] != 0 || totals[last] != 5 || totals[last-1] != 3 {
		t.Errorf("totals by sequence: %v", totals)
	}
	path := "/api/v1/rooms/" + room + "/state?reveal=true"
	if response, body := h.request("GET", path, "", "X-Forwarded-For", "10.1.2.3"); response.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger may see hands: %d %v", response.StatusCode, body)
	}
	_, told := h.request("GET", path, "")
	if views, ok := told["views"].([]any); !ok || len(views) != 2 || views[1].(map[string]any)["seat"] != 1.0 {
		t.Errorf("the administrator sees %v", told["views"])
	}
	if response, body := h.request("GET", "/api/v1/rooms/nowhere/state?at=1", ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("no room: %d %v", response.StatusCode, body)
	}
}

// Without pictures there are no such paths.
func TestNoVisualization(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, path := range []string{"/api/v1/visualization", "/api/v1/players/ann"} {
		if response, _ := h.request("GET", path, ""); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}
