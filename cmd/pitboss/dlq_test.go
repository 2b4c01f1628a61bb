package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
)

// deadServer is the address of a server with three dead letters, behind a token.
func deadServer(t *testing.T) (url string, moves *queue.Memory[string]) {
	t.Helper()
	host, err := room.NewHost(room.Config{Games: []room.Rules{liaptui.New(liaptui.Config{})}})
	if err != nil {
		t.Fatal(err)
	}
	moves, err = queue.NewFIFO(queue.Config[string]{Name: "moves"})
	if err != nil {
		t.Fatal(err)
	}
	store, err := deadletter.New(deadletter.Config[string]{
		Origins: map[string]deadletter.Origin[string]{"moves": deadletter.Into[string](moves)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, reason := range []pitboss.Reason{pitboss.ReasonMaxRetries, pitboss.ReasonTTL, pitboss.ReasonManual} {
		err := store.Put(t.Context(), pitboss.DeadLetter[string]{
			ID: "d" + string(rune('1'+i)), Queue: "moves", Sequence: uint64(i + 1), Reason: reason,
			At: time.Now().Add(-time.Duration(i) * time.Hour), Error: "no such \x1b[31mpiece\nstack",
			Message: pitboss.Message[string]{Payload: "GENERAL_RED", Key: "table-7"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := server.New(server.Config{Host: host, DeadLetters: store.Archive(), AdminToken: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return web.URL, moves
}

func TestDLQ(t *testing.T) {
	t.Parallel()
	url, moves := deadServer(t)
	for _, c := range []struct {
		args   string
		status int
		out    string // is part of standard output, or of standard error on a fault
	}{
		{"list", exitOK, "d1  moves  max_retries_exceeded  0s "},
		{"list --reason ttl_expired", exitOK, "1 of 1"},
		{"list --older-than 3h", exitOK, "no dead letters"},
		{"list --json", exitOK, `"total": 3`},
		{"list --reason bored", exitUsage, "reason"},
		{"show d1 --admin-token s3cret", exitOK, "GENERAL_RED"},
		{"show d1", exitOK, "administrator only"},
		{"show d9", exitFailure, `no dead letter "d9"`},
		{"show", exitUsage, "id"},
		{"retry d1", exitFailure, "PITBOSS_ADMIN_TOKEN"},
		{"retry", exitUsage, "--all"},
		{"purge", exitUsage, "--all"},
		{"show d9 --admin-token s3cret", exitFailure, "; pitboss dlq list lists what there is"},
		{"retry d1 --admin-token wrong", exitFailure, "the admin token is not that of http://"},
		{"retry d1 --dry-run --admin-token s3cret", exitUsage, "an id stands alone"},
		{"purge d1 --queue moves --admin-token s3cret", exitUsage, "an id stands alone"},
		{"list --limit 2000", exitUsage, "limit: 2000 is not allowed"},
		{"retry d1 --admin-token s3cret", exitOK, "1 retried"},
		{"purge --queue moves --dry-run --admin-token s3cret", exitOK, "2 would be purged"},
		{"recover d2 --admin-token s3cret", exitOK, "GENERAL_RED"},
		{"purge d3 --admin-token s3cret", exitOK, "1 purged"},
		{"show d3", exitFailure, `no dead letter "d3"`},
		{"purge d2 --admin-token s3cret", exitFailure, "already disposed of"},
		{"purge --all --admin-token s3cret --json", exitOK, `"purged": 0`},
		{"list extra", exitUsage, "extra"},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"dlq"}, strings.Fields(c.args)...)
		status := run(t.Context(), append(args, "--url", url), &stdout, &stderr)
		out := &stdout
		if c.status != exitOK {
			out = &stderr
		}
		if status != c.status || !strings.Contains(out.String(), c.out) {
			t.Errorf("dlq %s: status %d, want %d with %q; printed:\n%s%s", c.args, status, c.status, c.out, &stdout, &stderr)
		}
		if strings.Contains(stdout.String(), "\x1b") {
			t.Errorf("dlq %s steers the terminal: %q", c.args, &stdout)
		}
		if strings.Contains(c.args, "--json") && !json.Valid(stdout.Bytes()) {
			t.Errorf("dlq %s printed no JSON: %s", c.args, &stdout)
		}
	}
	stats := moves.Stats()
	if stats.Len() != 1 {
		t.Errorf("%d messages are back, want 1", stats.Len())
	}
}

func TestDLQWithoutServer(t *testing.T) {
	t.Parallel()
	for url, status := range map[string]int{"http://127.0.0.1:1": exitFailure, "ftp://x": exitUsage, "here": exitUsage} {
		var stdout, stderr bytes.Buffer
		if got := run(t.Context(), []string{"dlq", "list", "--url", url}, &stdout, &stderr); got != status {
			t.Errorf("%s: status %d, want %d: %s", url, got, status, &stderr)
		}
		if strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: not one line: %s", url, &stderr)
		}
	}
}
