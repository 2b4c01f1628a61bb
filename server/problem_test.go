package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/server"
)

// Handlers of others answer errors in plain text, some without saying so. Here
// they become problem documents that keep what the text says, unless it is about
// the server's insides.
func TestPlainTextErrorsBecomeProblems(t *testing.T) {
	t.Parallel()
	says := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, status) }
	}
	for name, c := range map[string]struct {
		metrics http.Handler
		status  int
		detail  any
	}{
		"too many at a time":  {says(503, "16 are enough, try again later."), 503, "16 are enough, try again later."},
		"a fault of its own":  {says(500, "collector 0xc000 broke"), 500, nil},
		"nobody asked for it": {says(404, "no such page"), 404, "there is nothing at /metrics"},
		"out of time, without a content type": {
			http.TimeoutHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
				time.Millisecond, "Exceeded configured timeout of 1ms.\n"),
			503, "Exceeded configured timeout of 1ms.",
		},
	} {
		h := open(t, func(c2 *server.Config) { c2.Metrics = c.metrics })
		response, body := h.request("GET", "/metrics", "")
		if kind := response.Header.Get("Content-Type"); response.StatusCode != c.status || kind != "application/problem+json" {
			t.Errorf("%s: %d %s", name, response.StatusCode, kind)
			continue
		}
		if body["status"] != float64(c.status) || body["detail"] != c.detail || body["correlation_id"] == nil {
			t.Errorf("%s: %v", name, body)
		}
	}
}

// A parameter that cannot be decoded is refused, not dropped.
func TestQueriesThatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{})
	pictures, _ := pictured(t)
	for path, h := range map[string]*house{
		"/api/v1/events?type=%zz":                        h,
		"/api/v1/rooms?limit=1;after=x":                  h,
		"/api/v1/visualization/performance?window=%zz":   pictures,
		"/api/v1/visualization/rooms?health=healthy&%=1": pictures,
	} {
		response, body := h.request("GET", path, "")
		named, _ := body["errors"].([]any)
		if response.StatusCode != 400 || len(named) != 1 {
			t.Errorf("%s: %d %v", path, response.StatusCode, body)
			continue
		}
		if fault := named[0].(map[string]any); fault["field"] != "query" || fault["value"] == "" || fault["allowed"] == "" {
			t.Errorf("%s: %v", path, fault)
		}
	}
}

// All that is wrong with a request is told at once, to programs and in words.
func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{})
	_, body := h.request("GET", "/api/v1/events?limit=many&since=-1&type=nonsense&severity=loud&room=a%2Fb", "")
	named, _ := body["errors"].([]any)
	detail, _ := body["detail"].(string)
	for _, field := range []string{"limit", "since", "type", "severity", "room"} {
		if !slices.ContainsFunc(named, func(f any) bool { return f.(map[string]any)["field"] == field }) {
			t.Errorf("%s is not named: %v", field, named)
		}
	}
	for _, want := range []string{`limit must be 1 to 10000, not "many"`, `severity must be info, warning or error, not "loud"`} {
		if !strings.Contains(detail, want) {
			t.Errorf("no %s in %s", want, detail)
		}
	}
}

// Whoever tries a WebSocket's address by hand is told what is wrong with the
// parameters before that it is a WebSocket's.
func TestParametersOfWebSocketsAreNamedWithoutOne(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{})
	for path, field := range map[string]string{
		"/api/v1/events/stream?type=nonsense":    "type",
		"/api/v1/events/stream?since=then":       "since",
		"/api/v1/events/stream?severity=loud":    "severity",
		"/api/v1/events/stream?batch=perhaps":    "batch",
		"/play?player=ann":                       "room",
		"/play?room=r&player=a%20b":              "player",
		"/play?room=r&player=ann&since=long-ago": "since",
	} {
		response, body := h.request("GET", path, "")
		named, _ := body["errors"].([]any)
		if response.StatusCode != 400 || len(named) != 1 || named[0].(map[string]any)["field"] != field {
			t.Errorf("%s: %d %v", path, response.StatusCode, body)
		}
	}
	for _, path := range []string{"/api/v1/events/stream", "/api/v1/events/stream?type=game.*", "/play", "/play?room=r&player=ann"} {
		if response, body := h.request("GET", path, ""); response.StatusCode != http.StatusUpgradeRequired || body["code"] != "not_a_websocket" {
			t.Errorf("%s: %d %v", path, response.StatusCode, body)
		}
	}
}
