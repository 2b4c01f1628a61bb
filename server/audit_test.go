package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/server"
)

// audited returns what the audit tells of each change, newest first.
func (h *house) audited(query string, headers ...string) (list []map[string]any) {
	h.t.Helper()
	response, body := h.request("GET", "/api/v1/audit"+query, "", headers...)
	if response.StatusCode != http.StatusOK {
		h.t.Fatalf("audit%s: %d %v", query, response.StatusCode, body)
	}
	for _, c := range body["audit"].([]any) {
		list = append(list, c.(map[string]any))
	}
	return list
}

func TestAuditOfChanges(t *testing.T) {
	t.Parallel()
	admin := []string{"Authorization", "Bearer s3cret", "X-Correlation-ID", "night-shift"}
	h, _, ids := buried(t, func(c *server.Config) {
		c.AdminToken = "s3cret"
		c.Collect = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	})
	if list := h.audited(""); len(list) != 0 {
		t.Fatalf("nothing was done, and yet %v", list)
	}
	const letters = "/api/v1/deadletters"
	for _, c := range []struct {
		method, path, body    string
		verb, target, outcome string
		count, status         float64
	}{
		{"POST", letters + "/" + ids[0] + "/retry", "", "retry", ids[0], "done", 1, 200},
		{"POST", letters + "/nobody/retry", "", "retry", "nobody", "refused", 0, 404},
		{"POST", letters + "/" + ids[1] + "/recover", "", "recover", ids[1], "done", 1, 200},
		{"POST", letters + "/" + ids[0] + "/recover", "", "recover", ids[0], "refused", 0, 409},
		{"POST", letters + "/" + ids[2] + "/retry", `{"payload":"x"}`, "edit", ids[2], "refused", 0, 409},
		{"POST", letters + "/" + ids[2] + "/purge", "", "purge", ids[2], "done", 1, 200},
		{"POST", letters + "/purge", `{"queue":"moves","reason":"overflow"}`, "purge", "queue=moves&reason=overflow", "done", 0, 200},
		{"POST", letters + "/purge", `{"reason":"bored"}`, "purge", "", "refused", 0, 400},
		{"POST", letters + "/retry", "", "retry", "all", "done", 0, 200},
		{"POST", "/api/v1/rooms", `{"game":"sum","room":"r1"}`, "create", "r1", "done", 1, 201},
		{"POST", "/api/v1/system/gc", "", "gc", "process", "done", 1, 200},
		{"GET", "/debug/pprof/cmdline", "", "profile", "cmdline", "done", 1, 200},
	} {
		response, body := h.request(c.method, c.path, c.body, admin...)
		if response.StatusCode != int(c.status) {
			t.Errorf("%s: %d %v", c.path, response.StatusCode, body)
		}
		got := h.audited("?limit=1", admin...)[0]
		for field, want := range map[string]any{
			"actor": "admin", "verb": c.verb, "target": c.target, "outcome": c.outcome, "count": c.count,
			"status": c.status, "correlation_id": "night-shift",
		} {
			if got[field] != want {
				t.Errorf("%s %s: %s is %v, want %v", c.path, c.body, field, got[field], want)
			}
		}
		if remote, _ := got["remote"].(string); !strings.HasPrefix(remote, "127.0.0.1:") {
			t.Errorf("%s: from %v", c.path, got["remote"])
		}
		if (got["error"] != nil) != (c.outcome != "done") {
			t.Errorf("%s: error %v", c.path, got["error"])
		}
	}
	if list := h.audited("?verb=purge"); len(list) != 3 || list[0]["verb"] != "purge" || list[0]["remote"] != nil {
		t.Errorf("a stranger asks for purges and gets %v", list)
	}
	if response, _ := h.request("GET", "/api/v1/audit?limit=0", ""); response.StatusCode != http.StatusBadRequest {
		t.Errorf("limit=0: %d", response.StatusCode)
	}
}

// What is only looked at, or what strangers try, is no change; and one verb
// cannot push out another.
func TestAuditIsBounded(t *testing.T) {
	t.Parallel()
	h, _, ids := buried(t, func(c *server.Config) { c.AdminToken = "s3cret" })
	admin := []string{"Authorization", "Bearer s3cret"}
	h.request("POST", "/api/v1/deadletters/purge", `{"dry_run":true}`, admin...)
	h.request("POST", "/api/v1/deadletters/purge", "")
	if list := h.audited(""); len(list) != 0 {
		t.Errorf("%v", list)
	}
	h.request("POST", "/api/v1/deadletters/"+ids[0]+"/purge", "", admin...)
	for range 600 {
		h.request("POST", "/api/v1/deadletters/nobody/retry", "", admin...)
	}
	_, body := h.request("GET", "/api/v1/audit?limit=1", "")
	if body["total"] != 501.0 {
		t.Errorf("%v are held, want 500 retries and the purge", body["total"])
	}
	if list := h.audited("?verb=purge"); len(list) != 1 {
		t.Errorf("the purge is lost: %v", list)
	}
}

// A page of another origin can neither change anything nor follow the stream,
// though the browser that shows it is on the server's own machine.
func TestPagesOfOtherOrigins(t *testing.T) {
	t.Parallel()
	s, err := stream.New(stream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h, moves, ids := buried(t, func(c *server.Config) { c.Stream = s })
	const letters = "/api/v1/deadletters"
	for _, path := range []string{"/retry", "/purge", "/" + ids[0] + "/retry", "/" + ids[0] + "/recover", "/" + ids[0] + "/purge"} {
		for _, from := range [][]string{
			{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
			{"Origin", "https://evil.example"}, // an old browser
			{"Origin", "null"},
			{"Sec-Fetch-Site", "same-site"},
			{"Host", "evil.example"}, // whose name was made to point here
		} {
			response, _ := h.request("POST", letters+path, "", from...)
			if response.StatusCode != http.StatusForbidden {
				t.Errorf("%s from %v: %d", path, from, response.StatusCode)
			}
		}
	}
	if _, list := h.request("GET", letters, ""); list["total"] != 3.0 {
		t.Errorf("%v dead letters are left, want 3", list["total"])
	}
	if stats := moves.Stats(); stats.Len() != 0 {
		t.Errorf("%d messages went back", stats.Len())
	}
	if list := h.audited(""); len(list) != 0 {
		t.Errorf("audited: %v", list)
	}
	for origin, want := range map[string]bool{"https://evil.example": false, "null": false, h.url: true} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		ws, response, err := websocket.Dial(ctx, h.url+"/api/v1/events/stream", &websocket.DialOptions{
			HTTPHeader: http.Header{"Origin": {origin}},
		})
		if (err == nil) != want {
			t.Errorf("stream for a page of %s: %v", origin, err)
		}
		if err == nil {
			_ = ws.CloseNow()
		} else if response == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("stream for a page of %s: answered %v", origin, response)
		}
		cancel()
	}
}
