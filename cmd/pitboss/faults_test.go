package main

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
)

func TestFaultsFallAsOftenAsTold(t *testing.T) {
	t.Parallel()
	const tries = 20_000
	for _, share := range []float64{0, 0.02, 0.5, 1} {
		n := 0
		for i := range tries {
			if drawn(share, "task", "room", strconv.Itoa(i)) {
				n++
			}
		}
		if got := float64(n) / tries; got < share-0.02 || got > share+0.02 {
			t.Errorf("a share of %v falls on %v", share, got)
		}
	}
}

// With injected faults there are dead letters, and a retried one brings its room
// back to life.
func TestInjectedFaults(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "2", "--pace", "0", "--faults", "stuck-rooms=1", "--instance", "trial", "--environment", "staging")
	c := client{url: r.url}
	var status struct{ Instance, Environment string }
	if err := c.do(t.Context(), http.MethodGet, "/api/v1/status", nil, &status); err != nil || status.Instance != "trial" || status.Environment != "staging" {
		t.Errorf("status %+v %v", status, err)
	}
	var list struct {
		deadletter.Page
		Total int `json:"total"`
	}
	letters := func(query url.Values) {
		t.Helper()
		if err := c.do(t.Context(), http.MethodGet, deadLetterPath, query, &list); err != nil {
			t.Fatal(err)
		}
	}
	poll(t, func() bool { letters(nil); return list.Total >= 2 }, func() string { return "no dead letter of each table" })
	stuck := list.Entries[0]
	if stuck.Queue != taskQueue || !stuck.Editable || len(stuck.Attempts) != 3 {
		t.Errorf("%+v", stuck)
	}
	var told struct{ Events []event.Event }
	err := c.do(t.Context(), http.MethodGet, "/api/v1/events", url.Values{"type": {"message.dead_lettered"}, "room": {stuck.Key}}, &told)
	if err != nil || len(told.Events) == 0 {
		t.Errorf("the stream of room %s tells of its dead letter %d times, %v", stuck.Key, len(told.Events), err)
	}
	var answer struct{ State string }
	if err := c.do(t.Context(), http.MethodPost, deadLetterPath+"/"+stuck.ID+"/retry", nil, &answer); err != nil || answer.State != "retried" {
		t.Fatalf("%+v %v", answer, err)
	}
	var info struct{ Rooms []struct{ Room string } }
	poll(t, func() bool {
		if err := c.do(t.Context(), http.MethodGet, "/api/v1/rooms", nil, &info); err != nil {
			t.Fatal(err)
		}
		return len(info.Rooms) > 2
	}, func() string { return "no next game at this table" })
	r.stop()
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
}
