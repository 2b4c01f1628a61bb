package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRunOfGamesRepeats(t *testing.T) {
	t.Parallel()
	var runs [2]map[int]result
	for i, tables := range []string{"1", "7"} { // whatever the scheduling
		path := filepath.Join(t.TempDir(), "results")
		r := serveHere(t, "--tables", tables, "--pace", "0", "--games", "40", "--seed", "7", "--results", path)
		if code := r.wait(t); code != exitOK {
			t.Fatalf("exit %d; %s", code, r.log)
		}
		if out := <-r.stdout; strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "listening on http://127.0.0.1:") {
			t.Errorf("stdout %q, want one line", out)
		}
		if log := r.log.String(); !strings.Contains(log, "run finished") || !strings.Contains(log, "action_p99") {
			t.Errorf("log %s", log)
		}
		runs[i] = readResults(t, path)
	}
	for n := 1; n <= 40; n++ {
		a, b := runs[0][n], runs[1][n]
		if len(a.Scores) != 4 || len(a.Winners) == 0 || a.Room != tableRoom(n) || a.Game == "" {
			t.Fatalf("game %d: %+v", n, a)
		}
		if !slices.Equal(a.Winners, b.Winners) || !slices.Equal(a.Scores, b.Scores) || a.Rounds != b.Rounds {
			t.Errorf("game %d: %+v and %+v", n, a, b)
		}
	}
	if len(runs[0]) != 40 || len(runs[1]) != 40 {
		t.Errorf("%d and %d games, want 40", len(runs[0]), len(runs[1]))
	}
}

func TestResultsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "1", "--pace", "0", "--games", "2", "--seed", "7", "--results", "/dev/full")
	if code := r.wait(t); code == exitOK {
		t.Error("the run ended well without its results")
	}
	if log := r.log.String(); !strings.Contains(log, "results: game 1: ") || !strings.Contains(log, "no space left") {
		t.Errorf("log %s", log)
	}
}

// readResults reads a file of results, which may still be written to.
func readResults(t *testing.T, path string) map[int]result {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	byN := make(map[int]result)
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, "\n") {
			break // it is being written
		}
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if _, twice := byN[r.N]; twice {
			t.Errorf("game %d is there twice", r.N)
		}
		byN[r.N] = r
	}
	return byN
}

func TestServeShowsWhatItDoes(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--tables", "2", "--pace", "10ms", "--seed", "7")
	await(t, r.url+"/api/v1/rooms/table-000001", `"bots":4`) // tables are opened once it listens
	for path, wants := range map[string][]string{
		"/":                          {"<title>pitboss"},
		"/rooms/table-000001":        {"<base href=\"../\""},
		"/readyz":                    {`"status":"ready"`, `"store":{"ok":true,"detail":"memory"}`},
		"/api/v1/status":             {`"store":"memory"`},
		"/api/v1/queues":             {`"name":"commands"`, `"name":"tasks"`},
		"/api/v1/rooms/table-000001": {`"bots":4`},
		"/metrics":                   {"pitboss_games_active", "pitboss_queue_depth", "go_goroutines", "process_"},
	} {
		status, body := get(t, r.url+path)
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not show %s", path, want)
			}
		}
	}
	r.stop()
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
