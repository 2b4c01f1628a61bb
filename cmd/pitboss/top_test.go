package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/cmd/pitboss/top"
)

func TestTopShowsAServer(t *testing.T) {
	t.Parallel()
	server := serveHere(t, "--tables", "2", "--pace", "1m") // so that nothing moves on
	await(t, server.url+"/api/v1/visualization/rooms", `"bots":8`)
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"top", "--once", "--url", server.url}, &out, &errs); code != exitOK {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	for _, want := range []string{"rooms 2", "bots 8", "STATE", "commands", "table-000001", "healthy"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("colours where nobody sees them")
	}
	out.Reset()
	if code := run(t.Context(), []string{"top", "--json", "--url", server.url}, &out, &errs); code != exitOK {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	var snap top.Snapshot
	if err := json.Unmarshal(out.Bytes(), &snap); err != nil || len(snap.Rooms.Rooms) != 2 || len(snap.Status.Queues) == 0 || len(snap.Diagram.Nodes) == 0 {
		t.Errorf("%v in %s", err, &out)
	}
}

func TestTopWithoutAServer(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"top", "--once", "--url", "http://127.0.0.1:1"}, &out, &errs); code != exitFailure {
		t.Errorf("exit %d", code)
	}
	if !strings.Contains(errs.String(), "is it running there") {
		t.Errorf("got %s", &errs)
	}
}
