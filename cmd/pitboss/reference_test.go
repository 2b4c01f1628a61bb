package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/server"
)

// reference is a section of docs/reference.md.
func reference(t *testing.T, title string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "reference.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## "+title+"\n")
	if !ok {
		t.Fatalf("no section %s", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// same compares what a page names with what there is.
func same(t *testing.T, what string, named, there []string) {
	t.Helper()
	for _, name := range named {
		if !slices.Contains(there, name) {
			t.Errorf("%s: %s is documented and not there", what, name)
		}
	}
	for _, name := range there {
		if !slices.Contains(named, name) {
			t.Errorf("%s: %s is there and not documented", what, name)
		}
	}
}

func names(text, pattern string) (found []string) {
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// The reference names every metric, with its labels, every type of event and
// every reason for which a connection ends, and none that is not there.
func TestReferenceIsComplete(t *testing.T) {
	t.Parallel()
	var types []string
	for _, typ := range event.Types() {
		types = append(types, string(typ))
	}
	cells := strings.Join(names(reference(t, "Events"), `(?m)^\| ([^|]*) \|`), " ")
	same(t, "events", names(cells, "`([a-z.]+[a-z_.]*\\.[a-z_]+)`"), types)

	_, closings, ok := strings.Cut(reference(t, "Play"), "The server closes with:")
	if !ok {
		t.Fatal("nothing says how the server closes")
	}
	cells = strings.Join(names(closings, `(?m)^\| (?:\d+|none) \| ([^|]*) \|`), " ")
	same(t, "reasons", names(cells, "`([a-z_]+)`"), server.Reasons())

	r := serveHere(t, "--tables", "1", "--pace", "1ms")
	await(t, r.url+"/api/v1/events?type=turn.ended&limit=1", "turn.ended")
	rows := regexp.MustCompile("(?m)^\\| `(pitboss_[a-z_]+)` \\| (.*?) ?\\| ").FindAllStringSubmatch(reference(t, "Metrics"), -1)
	documented := make(map[string][]string, len(rows))
	var metrics []string
	for _, row := range rows {
		metrics = append(metrics, row[1])
		documented[row[1]] = names(row[2], "`([a-z_]+)`")
	}
	var exported []string
	for name, family := range allExported(t, r.url) {
		if !strings.HasPrefix(name, "pitboss_") {
			continue
		}
		exported = append(exported, name)
		var labels []string
		for _, l := range family.Metric[0].Label {
			labels = append(labels, l.GetName())
		}
		slices.Sort(labels)
		if !slices.Equal(labels, documented[name]) {
			t.Errorf("%s has the labels %q, documented are %q", name, labels, documented[name])
		}
	}
	same(t, "metrics", metrics, exported)
	r.stop()
	r.wait(t)
}

// Every path of the reference is one, for the method that stands there.
func TestPathsOfTheReferenceAreThere(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--admin-token", "s3cret")
	rows := regexp.MustCompile("(?m)^\\| `(GET|POST) (/[^`]*)`").FindAllStringSubmatch(reference(t, "HTTP"), -1)
	if len(rows) < 30 {
		t.Errorf("only %d paths are found", len(rows))
	}
	for _, row := range rows {
		path := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(row[2], "x")
		request, err := http.NewRequestWithContext(t.Context(), row[1], r.url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 1024)
		n, _ := response.Body.Read(text)
		_ = response.Body.Close()
		if response.StatusCode == http.StatusMethodNotAllowed || strings.Contains(string(text[:n]), "there is nothing at") {
			t.Errorf("%s %s: %d %s", row[1], path, response.StatusCode, text[:n])
		}
	}
	r.stop()
	r.wait(t)
}
