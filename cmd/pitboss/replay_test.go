package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// replayed runs replay and returns what it printed.
func replayed(t *testing.T, url string, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"replay", "--url", url}, args...), &out, &errs); code != want {
		t.Fatalf("replay %s: exit %d, want %d: %s", args, code, want, &errs)
	}
	return out.String() + errs.String()
}

// A room is replayed the same before and after the server was ended and started
// again, which the journal tells too.
func TestReplay(t *testing.T) {
	t.Parallel()
	data := []string{"--store", "embedded", "--data", filepath.Join(t.TempDir(), "data"), "--log-level", "error"}
	server := serveHere(t, data...)
	room := createRoom(t, server.url, `{"game":"liaptui","bots":3,"seed":11}`)
	const seqs = 4 // opened, and three bots
	var before []string
	for _, at := range []string{"0", "1", "4"} {
		before = append(before, replayed(t, server.url, exitOK, "--room", room, "--json", "--at", at))
	}
	before = append(before, replayed(t, server.url, exitOK, "--room", room, "--at", "2"))
	lines := replayed(t, server.url, exitOK, "--room", room)
	server.stop()
	if code := server.wait(t); code != exitOK {
		t.Fatalf("exit %d: %s", code, server.log)
	}

	again := serveHere(t, data...)
	var after []string
	for _, at := range []string{"0", "1", "4"} {
		after = append(after, replayed(t, again.url, exitOK, "--room", room, "--json", "--at", at))
	}
	after = append(after, replayed(t, again.url, exitOK, "--room", room, "--at", "2"))
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("state\n%s, after the restart\n%s", before[i], after[i])
		}
	}
	got := replayed(t, again.url, exitOK, "--room", room)
	if added, ok := strings.CutPrefix(got, lines); !ok || strings.Count(added, "\n") != 1 || !strings.Contains(added, "game.resumed") {
		t.Errorf("journal\n%s, after the restart\n%s", lines, got) // the one new line tells of the restart
	}
	if n := strings.Count(lines, "\n"); n != seqs || !strings.Contains(lines, "room.created") {
		t.Errorf("%d lines in\n%s", n, lines)
	}
	if secret := replayed(t, again.url, exitOK, "--room", room, "--reveal"); !strings.Contains(secret, `"Seed":11`) || strings.Contains(lines, "Seed") {
		t.Errorf("revealed:\n%s\nnot revealed:\n%s", secret, lines)
	}
	for line := range strings.Lines(replayed(t, again.url, exitOK, "--room", room, "--json")) {
		var e struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Type == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exitUsage, "room"},
		{[]string{"--room", "nowhere"}, exitFailure, `no room \"nowhere\"; pitboss top lists what there is`},
		{[]string{"--room", room, "--at", "99"}, exitUsage, "0 to 5"},
		{[]string{"--room", room, "--at", "99999999"}, exitUsage, "at: 99999999 is"}, // as it was written
		{[]string{"--room", room, "--at", "x"}, exitUsage, "at"},
	} {
		if got := replayed(t, again.url, c.code, c.args...); !strings.Contains(strings.ReplaceAll(got, `"`, `\"`), c.want) {
			t.Errorf("replay %s: %s, want %s", c.args, got, c.want)
		}
	}
	again.stop()
	if code := again.wait(t); code != exitOK {
		t.Errorf("exit %d: %s", code, again.log)
	}
}
