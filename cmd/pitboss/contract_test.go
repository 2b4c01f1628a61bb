package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// paths are those of the design that are read, with the fields that an answer
// has; a slash goes into the first element of a list, or into an object.
var paths = map[string]string{
	"/healthz": "status",
	"/readyz":  "status parts/store/ok parts/rooms/ok parts/tasks/ok parts/events/ok parts/monitor/ok parts/intake/ok",
	"/api/v1/status": "version uptime_seconds store monitor/stats/on monitor/system/on monitor/stream/on monitor/visual/on monitor/tracing/on " +
		"stream/subscribers stream/first stream/last stream/missed queues/name queues/depth",
	"/api/v1/visualization/state-diagram": "type generated_at nodes/name nodes/active_rooms nodes/avg_duration_seconds nodes/p95_duration_seconds nodes/errors nodes/transitions_in nodes/transitions_out " +
		"edges/from edges/to edges/count edges/avg_duration_ms edges/p95_duration_ms edges/error_rate edges/last_transition",
	"/api/v1/visualization/rooms": "type summary/total_rooms summary/active_rooms summary/players summary/bots " +
		"summary/health/healthy summary/health/idle summary/health/warning summary/health/critical summary/health/stuck by_state " +
		"rooms/room_id rooms/game_id rooms/state rooms/players rooms/bots rooms/created_at rooms/last_activity rooms/actions rooms/errors rooms/health rooms/phase_durations",
	"/api/v1/visualization/performance?window=60m": "type generated_at window_seconds bucket_seconds buckets/time buckets/actions buckets/p95_duration_ms total/actions",
	"/api/v1/visualization/errors":                 "type generated_at states errors cells rejections total",
	"/api/v1/visualization/flow":                   "type generated_at nodes/name nodes/depth links/source links/target links/value loops",
	"/api/v1/visualization/players":                "type generated_at summary/completion_rate summary/games_per_hour summary/avg_players_per_game summary/avg_actions_per_player games_per_hour/completed phases_left players",
	"/api/v1/visualization?window=60m":             "type generated_at state_diagram/nodes rooms/summary performance/buckets errors/cells flow/links players/summary",
	"/api/v1/events?type=player.action&limit=1": "events/seq events/room_seq events/id events/type events/time events/room events/game events/player " +
		"events/correlation_id events/data/action next last",
	"/api/v1/events?type=state.changed&since=0&limit=9": "events/data/from events/data/to events/data/duration_ms",
	"/api/v1/rooms/table-000001":                        "room game state seats",
	"/api/v1/rooms/table-000001/journal?limit=1":        "room events/room_seq events/type next",
	"/api/v1/rooms/table-000001/state?at=5":             "room seq state seats view",
	"/api/v1/queues": "queues/name queues/depth/background queues/depth/low queues/depth/normal queues/depth/high queues/depth/critical " +
		"queues/ready queues/in_flight queues/delayed queues/oldest_age_seconds queues/rates/enqueued_per_second queues/rates/acked_per_second",
	"/api/v1/deadletters?queue=tasks&reason=manual&limit=5": "deadletters total",
	"/api/v1/players/bot-1":                                 "player player_type games wins win_rate actions avg_response_seconds disconnects reconnects",
}

// Every path of the design answers in its shape.
func TestEveryPathHasItsShape(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "2", "--pace", "1ms", "--games", "0")
	await(t, r.url+"/api/v1/events?type=turn.ended&limit=1", "turn.ended")
	for path, fields := range paths {
		status, text := get(t, r.url+path)
		var body any
		err := json.Unmarshal([]byte(text), &body)
		if status != http.StatusOK || err != nil {
			t.Errorf("%s: %d, %v, %s", path, status, err, text)
			continue
		}
		for field := range strings.FieldsSeq(fields) {
			if !has(body, strings.Split(field, "/")) {
				t.Errorf("%s has no %s: %.600s", path, field, text)
			}
		}
	}
	for path, says := range map[string]string{"/metrics": "pitboss_state_transitions_total{", "/": "<html", "/debug/pprof/": "goroutine"} {
		if status, text := get(t, r.url+path); status != http.StatusOK || !strings.Contains(text, says) {
			t.Errorf("%s: %d, says nothing of %s", path, status, says)
		}
	}
	r.stop()
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
}

// A parameter that is not allowed is named, with its value and what is: every
// one of the design's.
func TestBadParametersAreNamed(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "1")
	const room = "/api/v1/rooms/table-000001"
	await(t, r.url+room, `"bots":4`)
	for _, c := range []struct{ path, body, field, value string }{
		{path: "/api/v1/visualization?window=yesterday", field: "window", value: "yesterday"},
		{path: "/api/v1/visualization?limit=0", field: "limit", value: "0"},
		{path: "/api/v1/visualization?health=poorly", field: "health", value: "poorly"},
		{path: "/api/v1/visualization/performance?window=-1m", field: "window", value: "-1m"},
		{path: "/api/v1/visualization/performance?window=60", field: "window", value: "60"},
		{path: "/api/v1/visualization/performance?window=25h", field: "window", value: "25h"},
		{path: "/api/v1/visualization/rooms?limit=x", field: "limit", value: "x"},
		{path: "/api/v1/visualization/rooms?health=poorly", field: "health", value: "poorly"},
		{path: "/api/v1/visualization/players?limit=-1", field: "limit", value: "-1"},
		{path: "/api/v1/visualization/players?limit=%zz", field: "query", value: "limit=%zz"},

		{path: "/api/v1/events?type=game.finished", field: "type", value: "game.finished"},
		{path: "/api/v1/events?room=a/b", field: "room", value: "a/b"},
		{path: "/api/v1/events?player=a+b", field: "player", value: "a b"},
		{path: "/api/v1/events?correlation=a+b", field: "correlation", value: "a b"},
		{path: "/api/v1/events?since=then", field: "since", value: "then"},
		{path: "/api/v1/events?limit=0", field: "limit", value: "0"},
		{path: "/api/v1/events?limit=10001", field: "limit", value: "10001"},
		{path: "/api/v1/events?room=a&room=b", field: "room", value: "a, b"},
		{path: "/api/v1/events?severity=loud", field: "severity", value: "loud"},
		{path: "/api/v1/events/stream?type=game.finished", field: "type", value: "game.finished"},
		{path: "/api/v1/events/stream?room=a/b", field: "room", value: "a/b"},
		{path: "/api/v1/events/stream?player=a+b", field: "player", value: "a b"},
		{path: "/api/v1/events/stream?correlation=a+b", field: "correlation", value: "a b"},
		{path: "/api/v1/events/stream?since=-1", field: "since", value: "-1"},

		{path: room + "/journal?since=-1", field: "since", value: "-1"},
		{path: room + "/journal?limit=all", field: "limit", value: "all"},
		{path: room + "/state?at=now", field: "at", value: "now"},
		{path: room + "/state?at=-1", field: "at", value: "-1"},
		{path: "/api/v1/rooms", body: `{"game":"chess"}`, field: "game", value: "chess"},
		{path: "/api/v1/rooms", body: `{"game":"liaptui","bots":5}`, field: "bots", value: "5"},
		{path: "/api/v1/rooms", body: `{"game":"liaptui","bots":"three"}`, field: "bots", value: "three"},
		{path: "/api/v1/rooms", body: `{"game":"liaptui","room":".."}`, field: "room", value: ".."},
		{path: "/api/v1/rooms", body: `{"game":"liaptui","colour":"red"}`, field: "colour", value: "red"},

		{path: "/api/v1/deadletters?reason=boredom", field: "reason", value: "boredom"},
		{path: "/api/v1/deadletters?limit=many", field: "limit", value: "many"},
		{path: "/api/v1/deadletters?limit=1001", field: "limit", value: "1001"},
		{path: "/api/v1/deadletters?limit=0", field: "limit", value: "0"},
		{path: "/api/v1/deadletters?older_than=-5m", field: "older_than", value: "-5m"},
		{path: "/api/v1/deadletters?older_than=long", field: "older_than", value: "long"},
		{path: "/api/v1/deadletters/purge", body: `{"reason":"boredom"}`, field: "reason", value: "boredom"},
		{path: "/api/v1/deadletters/purge", body: `{"older_than":"long"}`, field: "older_than", value: "long"},
		{path: "/api/v1/deadletters/purge?reason=overflow", body: `{"reason":"manual"}`, field: "reason", value: "overflow, manual"},
		{path: "/api/v1/audit?verb=dance", field: "verb", value: "dance"},

		{path: "/play?player=ann", field: "room", value: ""},
		{path: "/play?room=table-000001&player=a+b", field: "player", value: "a b"},
		{path: "/play?room=table-000001&player=ann&since=then", field: "since", value: "then"},
	} {
		status, p := problemOf(t, r.url+c.path, c.body)
		if status != http.StatusBadRequest || len(p.Errors) != 1 {
			t.Errorf("%s %s: %d %+v", c.path, c.body, status, p)
			continue
		}
		if e := p.Errors[0]; e.Field != c.field || fmt.Sprint(e.Value) != c.value || e.Allowed == "" {
			t.Errorf("%s %s: %+v, want %s, %q and what is allowed", c.path, c.body, e, c.field, c.value)
		}
	}
	r.stop()
	r.wait(t)
}

// What is not there is a problem too, and so is what cannot be done.
func TestWhatIsNotThereIsAProblem(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "1")
	for _, c := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"/api/v1/nothing", "", http.StatusNotFound, ""},
		{"/api/v1/rooms/nowhere", "", http.StatusNotFound, "no_such_room"},
		{"/api/v1/rooms/nowhere/journal", "", http.StatusNotFound, "no_such_room"},
		{"/api/v1/rooms/nowhere/state", "", http.StatusNotFound, "no_such_room"},
		{"/api/v1/players/nobody", "", http.StatusNotFound, "no_such_player"},
		{"/api/v1/deadletters/none", "", http.StatusNotFound, "no_such_dead_letter"},
		{"/api/v1/deadletters/none/retry", "{}", http.StatusNotFound, "no_such_dead_letter"},
		{"/api/v1/deadletters/none/recover", "{}", http.StatusNotFound, "no_such_dead_letter"},
		{"/api/v1/events/stream", "", http.StatusUpgradeRequired, "not_a_websocket"},
		{"/play?room=table-000001&player=ann", "", http.StatusUpgradeRequired, "not_a_websocket"},
		{"/metrics", "{}", http.StatusMethodNotAllowed, ""},
	} {
		if status, p := problemOf(t, r.url+c.path, c.body); status != c.status || p.Code != c.code || p.Detail == "" {
			t.Errorf("%s: %d %+v, want %d %s", c.path, status, p, c.status, c.code)
		}
	}
	r.stop()
	r.wait(t)
}

// problem is a problem document of RFC 9457, as the design has it.
type problem struct {
	Type, Title, Detail, Code string
	Status                    int
	CorrelationID             string `json:"correlation_id"`
	Errors                    []struct {
		Field   string
		Value   any
		Allowed string
	}
}

// problemOf asks, with a body if there is one, and fails unless the answer is a
// problem document.
func problemOf(t *testing.T, url, body string) (status int, p problem) {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&p); err != nil || response.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %s, %v", url, response.Header.Get("Content-Type"), err)
	}
	if p.Type == "" || p.Title == "" || p.Status != response.StatusCode || p.CorrelationID == "" || p.CorrelationID != response.Header.Get("X-Correlation-ID") {
		t.Errorf("%s: %+v, header %q", url, p, response.Header.Get("X-Correlation-ID"))
	}
	return response.StatusCode, p
}

// has says whether a path of fields is there.
func has(body any, fields []string) bool {
	if len(fields) == 0 {
		return true
	}
	if list, ok := body.([]any); ok {
		return slices.ContainsFunc(list, func(element any) bool { return has(element, fields) })
	}
	object, _ := body.(map[string]any)
	value, ok := object[fields[0]]
	return ok && has(value, fields[1:])
}

// await asks until an answer says something.
func await(t *testing.T, url, says string) {
	t.Helper()
	var text string
	poll(t, func() bool {
		_, text = get(t, url)
		return strings.Contains(text, says)
	}, func() string { return url + " does not say " + says + ": " + text })
}
