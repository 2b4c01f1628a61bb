package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/cmd/pitboss/loadtest"
)

func TestLoadtestPlays(t *testing.T) {
	t.Parallel()
	server := serveHere(t, "--pace", "0")
	for _, players := range []string{"4", "1"} {
		all := players == "4" // and so moves reach other players
		var r loadtest.Report
		for duration := time.Second; ; duration *= 2 { // which a busy machine may need to begin
			r = loaded(t, server.url, players, duration)
			if r.Actions > 0 && r.Answer.Count > 0 && (r.Delivery.Count > 0 || !all) || duration > limit {
				break
			}
		}
		if r.Actions == 0 || r.Answer.Count == 0 || r.Events == 0 || len(r.Failures) != 0 {
			t.Errorf("report %+v", r)
		}
		if all != (r.Delivery.Count > 0) {
			t.Errorf("%d moves reached another player", r.Delivery.Count)
		}
	}
}

// loaded is what a load of two rooms reports.
func loaded(t *testing.T, url, players string, duration time.Duration) (r loadtest.Report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.json")
	var out, errs bytes.Buffer
	args := []string{"loadtest", "--url", url, "--rooms", "2", "--players", players, "--duration", duration.String(), "--report", path}
	if code := run(t.Context(), args, &out, &errs); code != exitOK {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "answer") || !strings.Contains(out.String(), "actions") {
		t.Errorf("printed %s", &out)
	}
	return r
}

func TestLoadtestFaults(t *testing.T) {
	t.Parallel()
	guarded := serveHere(t, "--admin-token", "secret")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--rooms", "0", "--players", "5"}, exitUsage, "rooms"},
		{[]string{"--rooms", "1", "--players", "5"}, exitUsage, "players"},
		{[]string{"--url", guarded.url}, exitFailure, "401"},
		{[]string{"--url", "http://127.0.0.1:1"}, exitFailure, "refused"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"loadtest"}, c.args...), &out, &errs); code != c.code {
			t.Errorf("%v: exit %d, want %d", c.args, code, c.code)
		}
		if !strings.Contains(errs.String(), c.want) || strings.Contains(errs.String(), "secret") {
			t.Errorf("%v: %s, want %s", c.args, &errs, c.want)
		}
	}
}
