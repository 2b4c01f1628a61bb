package pitboss_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors is the building: each package, the floor it stands on, and what it may
// bring along. A package that is not listed belongs to the nearest listed one
// above its path, so room/internal/log is part of room; one without any such
// owner has no floor, and the test asks to place it.
var floors = building{
	// 0: the contracts, and what every other part speaks of.
	".":           {floor: 0},
	"event":       {floor: 0},
	"correlation": {floor: 0},
	"correlation/correlationhttp": {floor: 0, beside: []string{
		"correlation", // the same ID, carried over HTTP; apart so that net/http stays out of correlation
	}},

	"internal/mounts": {floor: 0, tests: true},

	// 1: messaging. Each stands alone, on the contracts.
	"queue":     {floor: 1},
	"queuetest": {floor: 1, tests: true, thirdParty: []string{"pgregory.net/rapid", "go.uber.org/goleak"}},
	"handler": {floor: 1, beside: []string{
		"queue", // what a queue dropped is settled as a consumer would
	}},
	"deadletter": {floor: 1, beside: []string{
		"queue",   // what a queue dropped becomes an entry
		"handler", // its retries use a consumer's backoff and go on counting its attempts
	}},
	"route":  {floor: 1},
	"shares": {floor: 1},
	"codec":  {floor: 1, thirdParty: []string{"github.com/fxamacker/cbor", "github.com/klauspost/compress"}},

	// 2: what runs on messaging.
	"room":      {floor: 2},
	"task":      {floor: 2},
	"eventbus":  {floor: 2},
	"natsqueue": {floor: 2, thirdParty: []string{"github.com/nats-io"}},
	"natsqueue/internal/powercut": {floor: 2, tests: true, thirdParty: []string{
		"golang.org/x/sys", // ptrace and what Linux calls its system calls
	}},

	// 3: a game, and those who watch.
	"liaptui": {floor: 3, beside: []string{
		"liaptui/rules", "liaptui/bot", // the game is its rules, made a state machine
	}},
	"liaptui/rules": {floor: 3, pure: true},
	"liaptui/bot": {floor: 3, pure: true, beside: []string{
		"liaptui/rules", // a bot thinks in the rules' words
	}},
	"monitor": {floor: 3, thirdParty: []string{"github.com/prometheus", "google.golang.org/protobuf"}, beside: []string{
		"monitor/tracing", // the facade puts the parts together
		"monitor/stream",  // likewise, and its figures are metrics
	}},
	"monitor/stream":  {floor: 3},
	"monitor/tracing": {floor: 3, thirdParty: []string{"go.opentelemetry.io"}},
	"grafana":         {floor: 3, thirdParty: []string{"go.yaml.in/yaml", "github.com/grafana/grafana-foundation-sdk"}},

	// 4: the doors.
	"server":  {floor: 4, thirdParty: []string{"github.com/coder/websocket"}},
	"console": {floor: 4},

	// 5: the program, which wires all of it.
	"cmd/pitboss": {floor: 5, thirdParty: []string{
		"charm.land/bubbletea", "charm.land/lipgloss",
		"github.com/coder/websocket",
		"github.com/knadh/koanf",
		"github.com/prometheus",
		"github.com/spf13/cobra",
		"github.com/spf13/pflag",
	}},

	// Programs for the reader: they may use anything of ours.
	"examples": {floor: 5},
}

func TestImportsPointDownwards(t *testing.T) {
	t.Parallel()
	sawSources(t)
	packages := goList(t, "./...")
	for _, fault := range floors.check(packages) {
		t.Error(fault)
	}
	// An empty list would pass every rule.
	for _, path := range []string{".", "event", "correlation", "queue"} {
		if !slices.ContainsFunc(packages, func(p goPackage) bool { return p.ImportPath == importPath(path) }) {
			t.Errorf("go list did not show %s", importPath(path))
		}
	}
}

// A studio that wants only the queue links the queue, the contracts and a
// standard library without a web server, through however many steps.
func TestImportOfQueueBringsNothingHeavy(t *testing.T) {
	t.Parallel()
	sawSources(t)
	for _, fault := range heavy(goList(t, "-deps", "./queue"), importPath("queue"), module) {
		t.Error(fault)
	}
}

// goPackage is what the checks need of a package in go list's words. Imports
// holds the imports of the production code only.
type goPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	args = append([]string{"list", "-json=ImportPath,Imports,Standard"}, args...)
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
}

// sawSources makes go test remember every folder as an input of this test.
// Without it a cached pass would hide a new import: what the go command reads
// on our behalf, the cache does not see.
func sawSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && slices.Contains([]string{".git", "bin", ".bin", "node_modules", "bench"}, entry.Name()) {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
