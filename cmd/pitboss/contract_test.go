package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// paths are those of the design that are read, with the fields that an answer
// has; a slash goes into the first element of a list, or into an object.
var paths = map[string]string{
	"/healthz":       "",
	"/readyz":        "status parts",
	"/api/v1/status": "version uptime_seconds store monitor queues",
	"/api/v1/visualization/state-diagram": "type generated_at nodes/name nodes/active_rooms nodes/avg_duration_seconds nodes/p95_duration_seconds nodes/errors nodes/transitions_in nodes/transitions_out " +
		"edges/from edges/to edges/count edges/avg_duration_ms edges/p95_duration_ms edges/error_rate edges/last_transition",
	"/api/v1/visualization/rooms": "type summary/total_rooms summary/active_rooms summary/players summary/bots " +
		"summary/health/healthy summary/health/idle summary/health/warning summary/health/critical summary/health/stuck by_state " +
		"rooms/room_id rooms/game_id rooms/state rooms/players rooms/bots rooms/created_at rooms/last_activity rooms/actions rooms/errors rooms/health rooms/phase_durations",
	"/api/v1/visualization/performance?window=60m": "type",
	"/api/v1/visualization/errors":                 "type",
	"/api/v1/visualization/flow":                   "type",
	"/api/v1/visualization/players":                "type",
	"/api/v1/visualization":                        "type generated_at",
	"/api/v1/events?limit=1":                       "events/seq events/id events/type events/time events/room events/correlation_id next last",
	"/api/v1/rooms/table-000001":                   "room",
	"/api/v1/rooms/table-000001/journal?limit=1":   "events/room_seq events/type",
	"/api/v1/rooms/table-000001/state?at=5":        "",
	"/api/v1/queues":                               "queues/name queues/ready queues/in_flight queues/delayed",
	"/api/v1/deadletters":                          "deadletters total",
	"/api/v1/players/bot-1":                        "player",
}

// Every path of the design answers in its shape.
func TestEveryPathHasItsShape(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "2", "--pace", "0", "--games", "0")
	await(t, r.url+"/api/v1/events?type=state.changed&limit=1", "state.changed")
	for path, fields := range paths {
		status, text := fetched(t, r.url+path)
		var body any
		err := json.Unmarshal(text, &body)
		if fields == "" {
			err = nil
		}
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
	for path, says := range map[string]string{"/metrics": "pitboss_state_transitions_total{", "/": "<html"} {
		if status, text := fetched(t, r.url+path); status != http.StatusOK || !strings.Contains(string(text), says) {
			t.Errorf("%s: %d, says nothing of %s", path, status, says)
		}
	}
	r.stop()
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
}

// A parameter that is not allowed is named, with its value and what is.
func TestBadParametersAreNamed(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "1")
	for _, c := range []struct{ path, field, value string }{
		{"/api/v1/visualization?window=yesterday", "window", "yesterday"},
		{"/api/v1/visualization/performance?window=-1m", "window", "-1m"},
		{"/api/v1/visualization/rooms?limit=x", "limit", "x"},
		{"/api/v1/visualization/rooms?health=poorly", "health", "poorly"},
		{"/api/v1/visualization/players?limit=-1", "limit", "-1"},
		{"/api/v1/events?type=game.finished", "type", "game.finished"},
		{"/api/v1/events?since=then", "since", "then"},
		{"/api/v1/events?limit=0", "limit", "0"},
		{"/api/v1/events?severity=loud", "severity", "loud"},
		{"/api/v1/rooms/table-000001/journal?since=-1", "since", "-1"},
		{"/api/v1/rooms/table-000001/state?at=now", "at", "now"},
		{"/api/v1/deadletters?reason=boredom", "reason", "boredom"},
		{"/api/v1/deadletters?limit=many", "limit", "many"},
	} {
		status, text := fetched(t, r.url+c.path)
		var problem struct {
			Status int
			Errors []struct {
				Field   string
				Value   any
				Allowed string
			}
		}
		if err := json.Unmarshal(text, &problem); err != nil || status != http.StatusBadRequest || problem.Status != status || len(problem.Errors) != 1 {
			t.Errorf("%s: %d, %v, %s", c.path, status, err, text)
			continue
		}
		if e := problem.Errors[0]; e.Field != c.field || !strings.Contains(string(text), `"`+c.value+`"`) || e.Allowed == "" {
			t.Errorf("%s: %+v, want %s, %s and what is allowed", c.path, e, c.field, c.value)
		}
	}
	r.stop()
	r.wait(t)
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

func fetched(t *testing.T, url string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "*/*")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text
}

// await asks until an answer says something.
func await(t *testing.T, url, says string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); ; <-tick.C {
		if _, text := fetched(t, url); strings.Contains(string(text), says) {
			return
		} else if time.Since(begin) > limit {
			t.Fatalf("%s does not say %s: %s", url, says, text)
		}
	}
}
