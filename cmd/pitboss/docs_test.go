package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What runbooks tell somebody to type at night must work: every command with its
// flags, and every address of the server.
func TestWhatTheRunbooksSayWorks(t *testing.T) {
	var text []byte
	for _, name := range []string{"runbooks.md", "monitoring.md"} {
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, page...)
	}
	t.Chdir(t.TempDir()) // for files that they write
	r := serveHere(t, "--tables", "2", "--pace", "1ms")
	await(t, r.url+"/api/v1/events?type=state.changed&limit=1", "state.changed")

	commands := documented.FindAllStringSubmatch(string(text), -1)
	if len(commands) < 15 {
		t.Errorf("only %d commands are found", len(commands))
	}
	for _, c := range commands {
		args := strings.Fields(inWritersPlace.Replace(c[1]))
		if !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") || arg == "ID" }) {
			continue // a command's name, not what to type
		}
		switch args[0] {
		case "serve":
			continue // it is what answers here
		case "tail": // would wait for events
			checkFilter(t, r.url, args[1:])
			args = append(args, "--help")
		case "dashboards":
		default:
			args = append(args, "--url", r.url)
		}
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code == exitUsage || code == exitFailure && !strings.Contains(errs.String(), "there is no dead letter") {
			t.Errorf("pitboss %s: exit %d, %s", c[1], code, &errs)
		}
	}
	paths := addresses.FindAllStringSubmatch(string(text), -1)
	if len(paths) < 10 {
		t.Errorf("only %d addresses are found", len(paths))
	}
	for _, found := range paths {
		path := found[1]
		if status, body := get(t, r.url+path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	r.stop()
	r.wait(t)
}

// checkFilter asks the history for what tail would follow, by flags that are
// called as the parameters are.
func checkFilter(t *testing.T, url string, flags []string) {
	t.Helper()
	query := make([]string, 0, len(flags)/2)
	for i := 0; i+1 < len(flags); i += 2 {
		query = append(query, strings.TrimPrefix(flags[i], "--")+"="+flags[i+1])
	}
	if status, body := get(t, url+"/api/v1/events?"+strings.Join(query, "&")); status != http.StatusOK {
		t.Errorf("pitboss tail %s: %d %s", strings.Join(flags, " "), status, body)
	}
}

var (
	documented = regexp.MustCompile("(?m)(?:^|`)pitboss ([a-z][^`#\n]*)")
	// addresses stand by themselves, or are what curl is given in quotes.
	addresses = regexp.MustCompile("(?:`|'(?:http://)?(?:localhost|127\\.0\\.0\\.1):8080)(/(?:readyz|healthz|metrics|debug/|api/v1/)[^`' ]*)[`']")
	// inWritersPlace puts something into the places that are left to the reader.
	inWritersPlace = strings.NewReplacer(
		" Q", " tasks", " REASON", " manual", " HOST:PORT", " games-1:8080", " DIR", " deploy",
		" R", " table-000001", " 4QXJ...", " 4QXJ", " C", " c1", "'", "",
	)
)
