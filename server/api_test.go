package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/server"
)

func TestCreateRoom(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) { c.Reserved = "table-" })
	response, body := h.request("POST", "/api/v1/rooms", `{"game":"sum","bots":1,"strength":"hard","room":"mine","seed":18446744073709551615}`)
	if response.StatusCode != 201 || body["room"] != "mine" || response.Header.Get("Location") != "/api/v1/rooms/mine" {
		t.Fatalf("%d %v %v", response.StatusCode, body, response.Header)
	}
	response, body = h.request("GET", "/api/v1/rooms/mine", "")
	if response.StatusCode != 200 || body["state"] != "WAITING" || body["bots"] != 1.0 {
		t.Errorf("%d %v", response.StatusCode, body)
	}
	for _, c := range []struct {
		body   string
		status int
		field  string // of the first fault
	}{
		{`{"game":"sum","room":"mine"}`, 409, ""},
		{`null`, 400, "body"},
		{`{"game":"chess"}`, 400, "game"},
		{`{}`, 400, "game"},
		{`{"game":"sum","bots":3}`, 400, "bots"},
		{`{"game":"sum","bots":-1}`, 400, "bots"},
		{`{"game":"sum","bots":"two"}`, 400, "bots"},
		{`{"game":"sum","bots":1.5}`, 400, "bots"},
		{`{"game":"sum","strength":"godlike"}`, 400, "strength"},
		{`{"game":"sum","room":"a b"}`, 400, "room"},
		{`{"game":"sum","room":"."}`, 400, "room"}, // whose address nobody could ask for
		{`{"game":"sum","room":".."}`, 400, "room"},
		{`{"game":"sum","room":"table-000001"}`, 400, "room"},
		{`{"game":"sum","seed":-1}`, 400, "seed"},
		{`{"game":"sum","colour":"red"}`, 400, "colour"},
		{`{"game":"sum"} {}`, 400, "body"},
		{`{"game":`, 400, "body"},
		{``, 400, ""},
		{`[]`, 400, "body"},
		{`{"game":"` + strings.Repeat("x", 5000) + `"}`, 413, ""},
	} {
		response, body := h.request("POST", "/api/v1/rooms", c.body)
		if response.StatusCode != c.status || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.60s: %d %v, want %d", c.body, response.StatusCode, body, c.status)
			continue
		}
		if c.field == "" {
			continue
		}
		named, _ := body["errors"].([]any)
		if len(named) == 0 {
			t.Errorf("%.60s: %v names no field", c.body, body)
			continue
		}
		first := named[0].(map[string]any)
		if first["field"] != c.field || first["allowed"] == "" {
			t.Errorf("%.60s: %v, want field %s and what is allowed", c.body, first, c.field)
		}
	}
}

// A fault tells what was given, not what kind of thing it was.
func TestFaultsNameTheValue(t *testing.T) {
	t.Parallel()
	h := open(t)
	long := strings.Repeat("x", 200)
	for body, want := range map[string]any{
		`{"game":"sum","bots":"two"}`:                "two",
		`{"game":"sum","bots":1.5}`:                  1.5,
		`{"game":"sum","seed":-1}`:                   -1.0,
		`{"game":["sum"]}`:                           `["sum"]`,
		`{"game":{}}`:                                "{}",
		`{"game":true}`:                              "true",
		`{"game":"sum","colour":"red"}`:              "red",
		`{"game":"sum","colour":"` + long + `"}`:     `"` + long[:127] + "…",
		`{"game":`:                                   `{"game":`,
		`"sum"`:                                      `"sum"`,
		`{"game":"sum"} {}`:                          `{"game":"sum"} {}`,
		`{"game":"sum","bots":99999999999999999999}`: 1e20,
	} {
		_, problem := h.request("POST", "/api/v1/rooms", body)
		faults, _ := problem["errors"].([]any)
		if len(faults) != 1 || faults[0].(map[string]any)["value"] != want {
			t.Errorf("%s: %v, want the value %v", body, problem, want)
		}
	}
}

// Of a parameter that is given twice one would be dropped without a word.
func TestParametersAreGivenOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, path := range []string{"/api/v1/rooms?limit=5&limit=x", "/api/v1/rooms?after=a&after=b", "/api/v1/audit?verb=purge&verb=retry"} {
		if response, problem := h.request("GET", path, ""); response.StatusCode != http.StatusBadRequest || problem["errors"] == nil {
			t.Errorf("%s: %d %v", path, response.StatusCode, problem)
		}
	}
}

func TestChangesNeedTheAdministrator(t *testing.T) {
	t.Parallel()
	const body = `{"game":"sum"}`
	guarded := open(t, func(c *server.Config) { c.AdminToken = "s3cret" })
	loopback := open(t)
	for _, c := range []struct {
		name    string
		h       *house
		headers []string
		want    int
	}{
		{"right token", guarded, []string{"Authorization", "Bearer s3cret"}, 201},
		{"scheme in lower case", guarded, []string{"Authorization", "bearer s3cret"}, 201},
		{"wrong token", guarded, []string{"Authorization", "Bearer guess"}, 401},
		{"wrong scheme", guarded, []string{"Authorization", "Basic s3cret"}, 401},
		{"no token", guarded, nil, 401},
		{"token, from another site's page", guarded, []string{"Authorization", "Bearer s3cret", "Origin", "https://evil.example"}, 403},
		{"loopback", loopback, nil, 201},
		{"another site's page", loopback, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a name made to point here", loopback, []string{"Host", "evil.example"}, 403},
		{"through a proxy", loopback, []string{"X-Forwarded-For", "203.0.113.9"}, 403},
	} {
		response, answer := c.h.request("POST", "/api/v1/rooms", body, c.headers...)
		if response.StatusCode != c.want {
			t.Errorf("%s: %d %v, want %d", c.name, response.StatusCode, answer, c.want)
		}
		if c.want == 401 && response.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", c.name)
		}
	}
	if response, _ := guarded.request("GET", "/debug/pprof/", ""); response.StatusCode != 401 {
		t.Errorf("profiles for everybody: %d", response.StatusCode)
	}
	if response, _ := guarded.request("GET", "/debug/pprof/cmdline", "", "Authorization", "Bearer s3cret"); response.StatusCode != 200 {
		t.Errorf("profiles for the administrator: %d", response.StatusCode)
	}
}

func TestChangeFromAnotherMachine(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/rooms", strings.NewReader(`{"game":"sum"}`))
	r.RemoteAddr = "203.0.113.9:4711"
	w := httptest.NewRecorder()
	h.server.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("%d %s, want 403", w.Code, w.Body)
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) { c.AdminToken = "s3cret" })
	admin := []string{"Authorization", "Bearer s3cret"}
	_, created := h.request("POST", "/api/v1/rooms", `{"game":"sum"}`, admin...)
	id := created["room"].(string)
	ann := h.join("room=" + id + "&player=ann")
	h.join("room=" + id + "&player=bob")
	ann.send(`{"id":"r","type":"ready"}`)
	ann.answer("r")
	ann.send(`{"id":"a1","type":"say","data":{"n":4,"word":"apple"}}`)
	last := ann.answer("a1").Seq

	path := "/api/v1/rooms/" + id + "/journal"
	response, body := h.request("GET", path, "")
	if events := body["events"].([]any); response.StatusCode != 200 || uint64(len(events)) != last || body["next"] != nil {
		t.Errorf("%d, %d events, next %v; want %d events", response.StatusCode, len(events), body["next"], last)
	}
	_, page := h.request("GET", path+"?since=2&limit=3", "")
	events := page["events"].([]any)
	if len(events) != 3 || events[0].(map[string]any)["room_seq"] != 3.0 || page["next"] != 5.0 {
		t.Errorf("page %v", page)
	}
	for query, want := range map[string]bool{"": false, "?reveal=true": true} {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", h.url+path+query, http.NoBody)
		r.Header.Set("Authorization", "Bearer s3cret")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text := new(strings.Builder)
		_ = response.Write(text)
		_ = response.Body.Close()
		if got := strings.Contains(text.String(), `"secret":`); got != want {
			t.Errorf("journal%s shows secrets: %t, want %t", query, got, want)
		}
		if strings.Contains(text.String(), ann.session()) && !want {
			t.Error("journal shows a session")
		}
	}
	for path, want := range map[string]int{
		path + "?reveal=true":           401,
		path + "?limit=0":               400,
		path + "?since=-1":              400,
		"/api/v1/rooms/nowhere/journal": 404,
		"/api/v1/rooms/nowhere":         404,
	} {
		if response, _ := h.request("GET", path, ""); response.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, response.StatusCode, want)
		}
	}
}

func TestListRooms(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, id := range []string{"c", "a", "b"} {
		h.request("POST", "/api/v1/rooms", `{"game":"sum","room":"`+id+`"}`)
	}
	var got []string
	for path := "/api/v1/rooms?limit=2"; path != ""; {
		_, page := h.request("GET", path, "")
		if page["total"] != 3.0 {
			t.Fatalf("page %v", page)
		}
		for _, r := range page["rooms"].([]any) {
			got = append(got, r.(map[string]any)["room"].(string))
		}
		path = ""
		if next, ok := page["next"].(string); ok {
			path = "/api/v1/rooms?limit=2&after=" + next
		}
	}
	if strings.Join(got, "") != "abc" {
		t.Errorf("rooms %v, want a, b, c", got)
	}
	if _, page := h.request("GET", "/api/v1/rooms?closed=true", ""); page["total"] != 0.0 {
		t.Errorf("closed rooms: %v", page)
	}
	if _, page := h.request("GET", "/api/v1/rooms?closed=false&view=true", ""); page["rooms"].([]any)[0].(map[string]any)["view"] == nil {
		t.Errorf("no view: %v", page)
	}
}

func TestStatusAndReadiness(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) {
		c.Parts = []server.Part{
			{Name: "store", Detail: "memory"},
			{Name: "broken", Check: func(context.Context) error { return errors.New("out of order") }},
		}
	})
	response, body := h.request("GET", "/readyz", "")
	parts := body["parts"].(map[string]any)
	if response.StatusCode != 503 || body["status"] != "failing" ||
		parts["store"].(map[string]any)["ok"] != true || parts["broken"].(map[string]any)["error"] != "out of order" {
		t.Errorf("%d %v", response.StatusCode, body)
	}
	if _, body = h.request("GET", "/api/v1/status", ""); body["version"] != "v1" || body["store"] != "memory" || body["parts"] == nil || body["instance"] != "here" || body["environment"] != "test" {
		t.Errorf("status %v", body)
	}
	_, body = h.request("GET", "/api/v1/queues", "")
	q := body["queues"].([]any)[0].(map[string]any)
	if depth := q["depth"].(map[string]any); q["name"] != "commands" || len(depth) != pitboss.Priorities || depth["normal"] != 0.0 {
		t.Errorf("queues %v", body)
	}
	if response, body = h.request("GET", "/api/v1/queues/commands", ""); body["name"] != "commands" || body["history"] == nil {
		t.Errorf("%d queue %v", response.StatusCode, body)
	}
	if response, body = h.request("GET", "/api/v1/queues/nothing", ""); response.StatusCode != 404 || body["code"] != "no_such_queue" {
		t.Errorf("%d %v", response.StatusCode, body)
	}
}

func TestEveryResponse(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/healthz", 200}, {"GET", "/nothing", 404}, {"DELETE", "/api/v1/rooms", 405}, {"POST", "/play", 405},
		{"GET", "/play", 426}, {"GET", "/api/v1/rooms", 200}, {"HEAD", "/healthz", 200},
	} {
		response, body := h.request(c.method, c.path, "", correlation.Header, "mine-1")
		if response.StatusCode != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, response.StatusCode, c.want)
		}
		if id := response.Header.Get(correlation.Header); id != "mine-1" {
			t.Errorf("%s %s: correlation id %q", c.method, c.path, id)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(response.Header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s %s: headers %v", c.method, c.path, response.Header)
		}
		if c.want >= 400 && (response.Header.Get("Content-Type") != "application/problem+json" || body["status"] != float64(c.want)) {
			t.Errorf("%s %s: %s %v, want a problem document", c.method, c.path, response.Header.Get("Content-Type"), body)
		}
		if c.want == 405 && response.Header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
	if response, _ := h.request("GET", "/healthz", "", correlation.Header, "not well formed"); !correlation.WellFormed(response.Header.Get(correlation.Header)) {
		t.Errorf("a malformed correlation id came back")
	}
}

func TestConfigFaultsAreJoined(t *testing.T) {
	t.Parallel()
	_, err := server.New(server.Config{
		MaxConnections: -1, Origins: []string{"["}, WriteTimeout: -1, Queues: []server.Queue{{Name: "commands"}, {}},
	})
	for _, field := range []string{
		"host", "max_connections", "origins", "write_timeout: -1ns", "queues[0].stats", "queues[1].name", "queues[1].stats",
	} {
		if err == nil || !strings.Contains(err.Error(), field) || !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}
