package server_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/server"
)

// buried is a server with three dead letters of a queue of moves, and the queue.
func buried(t *testing.T, adjust ...func(*server.Config)) (*house, *queue.Memory[string], []string) {
	t.Helper()
	moves, err := queue.NewFIFO(queue.Config[string]{Name: "moves"})
	if err != nil {
		t.Fatal(err)
	}
	store, err := deadletter.New(deadletter.Config[string]{
		Origins: map[string]deadletter.Origin[string]{"moves": deadletter.Into[string](moves)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, reason := range []pitboss.Reason{pitboss.ReasonMaxRetries, pitboss.ReasonTTL, pitboss.ReasonTTL} {
		err := store.Put(t.Context(), pitboss.DeadLetter[string]{
			Queue: "moves", Sequence: uint64(i + 1), Reason: reason, At: time.Now().Add(-time.Duration(i) * time.Hour),
			Message:  pitboss.Message[string]{Payload: "hidden hand", Key: "table", Headers: map[string]string{"h": "v"}},
			Attempts: []pitboss.Attempt{{Error: "no such piece"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	h := open(t, append([]func(*server.Config){func(c *server.Config) { c.DeadLetters = store.Archive() }}, adjust...)...)
	_, list := h.request("GET", "/api/v1/deadletters", "")
	var ids []string
	for _, e := range list["deadletters"].([]any) {
		ids = append(ids, e.(map[string]any)["id"].(string))
	}
	return h, moves, ids
}

func TestDeadLettersAreListed(t *testing.T) {
	t.Parallel()
	h, _, ids := buried(t)
	if len(ids) != 3 {
		t.Fatalf("%d listed, want 3", len(ids))
	}
	for query, want := range map[string]float64{
		"":                            3,
		"?reason=ttl_expired":         2,
		"?queue=moves":                3,
		"?queue=others":               0,
		"?older_than=90m":             1,
		"?reason=ttl_expired&limit=1": 2,
	} {
		if _, list := h.request("GET", "/api/v1/deadletters"+query, ""); list["total"] != want {
			t.Errorf("%q: total %v, want %v", query, list["total"], want)
		}
	}
	response, entry := h.request("GET", "/api/v1/deadletters/"+ids[0], "")
	if response.StatusCode != http.StatusOK || entry["payload"] != "hidden hand" || len(entry["attempts"].([]any)) != 1 {
		t.Errorf("%d %v", response.StatusCode, entry)
	}
	for path, status := range map[string]int{
		"?reason=bored": 400, "?limit=-1": 400, "?limit=0": 400, "?older_than=soon": 400, "/nobody": 404,
	} {
		if response, body := h.request("GET", "/api/v1/deadletters"+path, ""); response.StatusCode != status {
			t.Errorf("%s: %d %v, want %d", path, response.StatusCode, body, status)
		}
	}
}

func TestDeadLettersComeBack(t *testing.T) {
	t.Parallel()
	h, moves, ids := buried(t)
	if response, body := h.request("POST", "/api/v1/deadletters/"+ids[0]+"/retry", ""); response.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", response.StatusCode, body)
	}
	// A second time has no second effect.
	h.request("POST", "/api/v1/deadletters/"+ids[0]+"/retry", "")
	stats := moves.Stats()
	if stats.Len() != 1 {
		t.Errorf("%d messages are back, want 1", stats.Len())
	}
	if response, body := h.request("POST", "/api/v1/deadletters/"+ids[1]+"/recover", ""); response.StatusCode != http.StatusOK || body["payload"] != "hidden hand" {
		t.Errorf("%d %v", response.StatusCode, body)
	}
	if response, _ := h.request("POST", "/api/v1/deadletters/"+ids[1]+"/retry", ""); response.StatusCode != http.StatusConflict {
		t.Errorf("what was recovered went back: %d", response.StatusCode)
	}
	if response, _ := h.request("POST", "/api/v1/deadletters/nobody/recover", ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("unknown id: %d", response.StatusCode)
	}
}

func TestDeadLettersInBulk(t *testing.T) {
	t.Parallel()
	h, moves, _ := buried(t)
	for _, c := range []struct {
		path, body string
		field      string
		want       float64
	}{
		{"/purge?dry_run=true", "", "purged", 3},
		{"/purge?dry_run=true&limit=2", "", "purged", 2}, // as many as it would be
		{"/purge?dry_run=true", `{"limit":1}`, "purged", 1},
		{"/purge", `{"reason":"ttl_expired","older_than":"90m","dry_run":true}`, "purged", 1},
		{"/purge", `{"reason":"ttl_expired","older_than":"90m"}`, "purged", 1},
		{"/retry?reason=max_retries_exceeded", "", "retried", 1},
		{"/purge?queue=moves", "", "purged", 1},
		{"/purge", "{}", "purged", 0},
	} {
		response, body := h.request("POST", "/api/v1/deadletters"+c.path, c.body)
		if response.StatusCode != http.StatusOK || body[c.field] != c.want {
			t.Errorf("%s %s: %d %v, want %v", c.path, c.body, response.StatusCode, body, c.want)
		}
	}
	stats := moves.Stats()
	if stats.Len() != 1 {
		t.Errorf("%d messages are back, want 1", stats.Len())
	}
	for _, rate := range []string{"-1", "NaN", "fast"} {
		if response, problem := h.request("POST", "/api/v1/deadletters/retry?rate="+rate, ""); response.StatusCode != http.StatusBadRequest || problem["errors"] == nil {
			t.Errorf("rate %s: %d %v", rate, response.StatusCode, problem)
		}
	}
}

// Whoever meant to change some must not change all: what is misspelt, doubled, or
// in a place where nobody looks is refused, and nothing is changed.
func TestDeadLettersInBulkChangeNoMoreThanWasMeant(t *testing.T) {
	t.Parallel()
	h, _, ids := buried(t)
	for _, c := range []struct{ query, body, field, value string }{
		{"", `{"reason":"bored"}`, "reason", "bored"},
		{"", `{"rate":-1}`, "rate", "-1"},
		{"", `{"colour":"red"}`, "colour", "red"},
		{"", `[]`, "body", "[]"},
		{"", `null`, "body", "null"},
		{"", `{"limit":0}`, "limit", "0"},
		{"", `{"older_than":"-5m"}`, "older_than", "-5m"},
		{"?queue=others", `{"queue":"moves"}`, "queue", "others, moves"},
		{"?dry_run=true", `{"dry_run":false}`, "dry_run", "true, false"},
		{"?que=others", "", "que", "others"},
		{"?state=any", "", "state", "any"},
		{"?limit=0", "", "limit", "0"},
		{"?queue=others&queue=moves", "", "queue", "others, moves"},
	} {
		for _, verb := range []string{"purge", "retry"} {
			response, problem := h.request("POST", "/api/v1/deadletters/"+verb+c.query, c.body)
			if response.StatusCode != http.StatusBadRequest {
				t.Errorf("%s%s %s: %d %v", verb, c.query, c.body, response.StatusCode, problem)
				continue
			}
			fault := problem["errors"].([]any)[0].(map[string]any)
			if fault["field"] != c.field || fmt.Sprint(fault["value"]) != c.value || fault["allowed"] == "" {
				t.Errorf("%s%s %s: %v, want %s, %s and what is allowed", verb, c.query, c.body, fault, c.field, c.value)
			}
		}
	}
	if _, list := h.request("GET", "/api/v1/deadletters", ""); list["total"] != float64(len(ids)) {
		t.Errorf("%v of %d are left", list["total"], len(ids))
	}
}

// Strangers see that something went wrong, but neither what was in it nor a way
// to change it.
func TestDeadLettersOfStrangers(t *testing.T) {
	t.Parallel()
	h, moves, ids := buried(t, func(c *server.Config) { c.AdminToken = "s3cret" })
	if _, entry := h.request("GET", "/api/v1/deadletters/"+ids[0], ""); entry["payload"] != nil || entry["headers"] != nil {
		t.Errorf("a stranger sees %v", entry)
	}
	for _, path := range []string{"/" + ids[0] + "/retry", "/" + ids[0] + "/recover", "/retry", "/purge"} {
		if response, _ := h.request("POST", "/api/v1/deadletters"+path, ""); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
		if response, _ := h.request("POST", "/api/v1/deadletters"+path, "", "Authorization", "Bearer s3cret", "Sec-Fetch-Site", "cross-site"); response.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, response.StatusCode)
		}
	}
	stats := moves.Stats()
	if stats.Len() != 0 {
		t.Errorf("%d messages are back", stats.Len())
	}
	for token, admin := range map[string]bool{"": false, "Bearer wrong": false, "Bearer s3cret": true} {
		if _, status := h.request("GET", "/api/v1/status", "", "Authorization", token); status["admin"] != admin {
			t.Errorf("with %q the status tells admin %v", token, status["admin"])
		}
	}
	if _, entry := h.request("GET", "/api/v1/deadletters/"+ids[0], "", "Authorization", "Bearer s3cret"); entry["payload"] != "hidden hand" {
		t.Errorf("the administrator sees %v", entry)
	}
}

// An edited payload goes back in place of the old one.
func TestDeadLetterEdited(t *testing.T) {
	t.Parallel()
	moves, err := queue.NewFIFO(queue.Config[string]{Name: "moves"})
	if err != nil {
		t.Fatal(err)
	}
	store, err := deadletter.New(deadletter.Config[string]{
		Origins: map[string]deadletter.Origin[string]{"moves": deadletter.Into[string](moves)},
		Edit:    deadletter.EditJSON[string],
	})
	if err == nil {
		err = store.Put(t.Context(), pitboss.DeadLetter[string]{ID: "d1", Queue: "moves", Message: pitboss.Message[string]{Payload: "old"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, func(c *server.Config) { c.DeadLetters = store.Archive() })
	const path = "/api/v1/deadletters/d1"
	if _, entry := h.request("GET", path, ""); entry["editable"] != true {
		t.Errorf("entry %v", entry)
	}
	for _, body := range []string{`{"payload":7}`, `{"colour":"red"}`, `{"payload":"a"} 7`, `[]`} {
		if response, problem := h.request("POST", path+"/retry", body); response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %v", body, response.StatusCode, problem)
		}
	}
	if response, body := h.request("POST", path+"/retry", `{"payload":"new"}`); response.StatusCode != http.StatusOK || body["state"] != "retried" {
		t.Fatalf("%d %v", response.StatusCode, body)
	}
	d, err := moves.Dequeue(t.Context())
	if err != nil || d.Payload != "new" {
		t.Fatalf("%v %v", d, err)
	}
	if err := d.Ack(); err != nil {
		t.Error(err)
	}
	if response, body := h.request("POST", path+"/retry", `{"payload":"newer"}`); response.StatusCode != http.StatusConflict {
		t.Errorf("edited twice: %d %v", response.StatusCode, body)
	}
	if list := h.audited("?verb=edit&limit=1"); len(list) != 1 || list[0]["outcome"] != "refused" || list[0]["target"] != "d1" {
		t.Errorf("audited %v", list)
	}
}
