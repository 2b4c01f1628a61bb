package main

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/deadletter"
)

// Dead letters get through kill -9: what was held is held, with its payload, and
// what was retried, recovered or purged stays so.
func TestDeadLettersGetThroughCrashes(t *testing.T) {
	t.Parallel()
	binary, data := built(t), filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
	defer cancel()
	process, address := started(t, binary, "--data", data, "--tables", "3", "--pace", "0", "--faults", "stuck-rooms=1")
	restart := func() {
		kill(t, process)
		process, address = started(t, binary, "--data", data)
	}
	do := func(method, path string, query url.Values, into any) error {
		return (&client{url: address}).do(ctx, method, deadLetterPath+path, query, into)
	}
	list := func(state deadletter.State) (page deadletter.Page) {
		t.Helper()
		if err := do(http.MethodGet, "", url.Values{"state": {string(state)}}, &page); err != nil {
			t.Fatal(err)
		}
		return page
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for len(list(deadletter.Held).Entries) < 3 {
		select {
		case <-ctx.Done():
			t.Fatal("no dead letter of each table")
		case <-tick.C:
		}
	}
	before := list(deadletter.Held).Entries
	restart()
	after := list(deadletter.Held).Entries
	if len(after) < 3 {
		t.Fatalf("%d dead letters, %d before the crash", len(after), len(before))
	}
	was, is := after[0], deadletter.Entry{}
	if err := do(http.MethodGet, "/"+was.ID, nil, &is); err != nil || is.Payload == nil || len(is.Attempts) != 3 || is.Queue != taskQueue {
		t.Errorf("%+v, %v", is, err)
	}
	for _, act := range []string{after[0].ID + "/retry", after[1].ID + "/recover"} {
		for range 2 { // again changes nothing
			if err := do(http.MethodPost, "/"+act, nil, new(any)); err != nil {
				t.Errorf("%s: %v", act, err)
			}
		}
	}
	restart()
	for i, want := range []deadletter.State{deadletter.Retried, deadletter.Recovered, deadletter.Held} {
		if err := do(http.MethodGet, "/"+after[i].ID, nil, &is); err != nil || is.State != want {
			t.Errorf("%s is %s, want %s; %v", after[i].ID, is.State, want, err)
		}
	}
	if err := do(http.MethodPost, "/purge", nil, new(any)); err != nil {
		t.Error(err)
	}
	restart()
	if left := list(deadletter.Held).Entries; len(left) > 0 {
		t.Errorf("%d dead letters after a purge", len(left))
	}
	kill(t, process)
	http.DefaultClient.CloseIdleConnections()
}
