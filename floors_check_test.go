package pitboss_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pitboss-dev/pitboss"

// building maps packages, as paths below the module, to their places.
type building map[string]place

type place struct {
	floor int
	// beside are the packages of the same floor that it may import. Anything
	// else it imports of ours stands lower.
	beside []string
	// pure packages import nothing of ours but what is beside them, not even
	// from below.
	pure bool
	// thirdParty are the prefixes of the foreign packages it may import. What
	// those import in turn is theirs. Since the arrows between our packages
	// point downwards, a heavy dependency is then nowhere below its floor.
	thirdParty []string
	// tests marks a package for tests, which may use test libraries and which
	// production code may not import.
	tests bool
}

// check returns every broken rule, in the packages' order.
func (b building) check(packages []goPackage) []string {
	var faults []string
	for _, p := range packages {
		owner, ok := b.owner(p.ImportPath)
		if !ok {
			faults = append(faults, p.ImportPath+" has no floor: place it in floors_test.go")
			continue
		}
		for _, imported := range p.Imports {
			if fault := b.checkImport(owner, imported); fault != "" {
				faults = append(faults, p.ImportPath+" "+fault)
			}
		}
	}
	return faults
}

func (b building) checkImport(from, imported string) string {
	at := b[from]
	switch {
	case isTestLibrary(imported):
		if !at.tests {
			return "imports the test library " + imported + " in production code"
		}
		return ""
	case isOurs(imported):
		return b.checkOurs(from, imported)
	case isStandard(imported):
		return ""
	case slices.ContainsFunc(at.thirdParty, func(prefix string) bool { return within(imported, prefix) }):
		return ""
	}
	return fmt.Sprintf("imports %s, which its place on floor %d does not allow", imported, at.floor)
}

func (b building) checkOurs(from, imported string) string {
	to, ok := b.owner(imported)
	switch {
	case !ok:
		return "imports " + imported + ", which has no floor"
	case to == from, slices.Contains(b[from].beside, to):
		return ""
	case b[to].tests:
		return "imports " + imported + ", which is for tests, in production code"
	case b[from].pure:
		return "imports " + imported + ", but is pure"
	case b[to].floor > b[from].floor:
		return fmt.Sprintf("climbs from floor %d to %s on floor %d", b[from].floor, imported, b[to].floor)
	case b[to].floor == b[from].floor:
		return fmt.Sprintf("imports %s beside it on floor %d, which is not declared", imported, b[to].floor)
	}
	return ""
}

// owner finds the entry that a package belongs to: its own, or that of the
// nearest folder above it. The root owns nothing but itself.
func (b building) owner(importPath string) (string, bool) {
	if importPath == module {
		_, ok := b["."]
		return ".", ok
	}
	below, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return "", false
	}
	for ; below != "."; below = path.Dir(below) {
		if _, ok := b[below]; ok {
			return below, true
		}
	}
	return "", false
}

// heavy returns what does not belong into a light package's dependencies: any
// package that is neither allowed nor of the standard library, and of that one
// whatever serves or calls over HTTP.
func heavy(dependencies []goPackage, allowed ...string) []string {
	var faults []string
	for _, p := range dependencies {
		switch {
		case slices.Contains(allowed, p.ImportPath):
		case !p.Standard:
			faults = append(faults, "brings along "+p.ImportPath)
		case within(p.ImportPath, "net/http"):
			faults = append(faults, "brings along the heavy "+p.ImportPath)
		}
	}
	return faults
}

func isTestLibrary(importPath string) bool {
	return slices.ContainsFunc([]string{
		"testing",
		"net/http/httptest",
		"go.uber.org/goleak",
		"pgregory.net/rapid",
		"github.com/stretchr/testify",
		"github.com/google/go-cmp",
		"github.com/prometheus/client_golang/prometheus/testutil",
	}, func(library string) bool { return within(importPath, library) })
}

func importPath(below string) string { return path.Join(module, below) }

func isOurs(importPath string) bool { return within(importPath, module) }

// isStandard relies on module paths beginning with a domain name.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func within(importPath, prefix string) bool {
	return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
}

// The checks are worth something only if they can fail.
func TestImportCheckFindsFaults(t *testing.T) {
	t.Parallel()
	made := building{
		".":             {floor: 0},
		"event":         {floor: 0},
		"queue":         {floor: 1},
		"queuetest":     {floor: 1, tests: true},
		"handler":       {floor: 1, beside: []string{"deadletter"}},
		"deadletter":    {floor: 1},
		"monitor":       {floor: 3, thirdParty: []string{"github.com/prometheus"}},
		"monitor/trace": {floor: 3, thirdParty: []string{"go.opentelemetry.io"}},
		"game/rules":    {floor: 3, pure: true},
		"game/bot":      {floor: 3, pure: true, beside: []string{"game/rules"}},
		"server":        {floor: 4},
	}
	cases := map[string]struct {
		from, imports string
		want          string // part of the one fault; empty: none
	}{
		"down":                       {"queue", module, ""},
		"down by several":            {"server", module + "/queue", ""},
		"up":                         {"queue", module + "/server", "climbs from floor 1"},
		"messaging to monitoring":    {"queue", module + "/monitor", "climbs"},
		"up from an inner package":   {"queue/internal/slab", module + "/monitor", "climbs"},
		"up to an inner package":     {"queue", module + "/server/internal/session", "climbs"},
		"within a family":            {"queue", module + "/queue/internal/slab", ""},
		"back within a family":       {"queue/internal/slab", module + "/queue", ""},
		"beside, declared":           {"handler", module + "/deadletter", ""},
		"beside, the other way":      {"deadletter", module + "/handler", "not declared"},
		"beside, undeclared":         {"handler", module + "/queue", "not declared"},
		"root to event":              {".", module + "/event", "not declared"},
		"a part of its own":          {"monitor", module + "/monitor/trace", "not declared"},
		"pure, down":                 {"game/rules", module, "pure"},
		"pure, beside":               {"game/bot", module + "/game/rules", ""},
		"pure, up":                   {"game/bot", module + "/server", "pure"},
		"standard library":           {".", "net/http", ""},
		"heavy where it belongs":     {"monitor", "github.com/prometheus/client_golang/prometheus", ""},
		"heavy in the root":          {".", "github.com/prometheus/client_golang/prometheus", "does not allow"},
		"heavy below its floor":      {"queue", "go.opentelemetry.io/otel", "does not allow"},
		"heavy of the neighbour":     {"monitor/trace", "github.com/prometheus/client_golang/prometheus", "does not allow"},
		"a prefix is a whole path":   {"monitor", "github.com/prometheus-like/thing", "does not allow"},
		"testing":                    {"queue", "testing", "test library"},
		"part of testing":            {"queue", "testing/synctest", "test library"},
		"a test server":              {"server", "net/http/httptest", "test library"},
		"a test library":             {"queue", "pgregory.net/rapid", "test library"},
		"a test library among tests": {"queuetest", "pgregory.net/rapid", ""},
		"tests in production":        {"server", module + "/queuetest", "for tests"},
		"without a floor":            {"attic", "fmt", "has no floor"},
		"to one without a floor":     {"queue", module + "/attic", "has no floor"},
		"a folder is not a floor":    {"game", "fmt", "has no floor"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := made.check([]goPackage{{ImportPath: importPath(c.from), Imports: []string{"fmt", c.imports}}})
			switch {
			case c.want == "" && len(faults) > 0:
				t.Errorf("faults %q, want none", faults)
			case c.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], c.want)):
				t.Errorf("faults %q, want one with %q", faults, c.want)
			}
		})
	}
}

func TestImportCheckFindsWhatIsHeavy(t *testing.T) {
	t.Parallel()
	faults := heavy([]goPackage{
		{ImportPath: "time", Standard: true},
		{ImportPath: "net/http/internal", Standard: true},
		{ImportPath: module},
		{ImportPath: module + "/queue"},
		{ImportPath: module + "/monitor"},
		{ImportPath: "github.com/coder/websocket"},
	}, module, module+"/queue")
	want := []string{
		"brings along the heavy net/http/internal",
		"brings along " + module + "/monitor",
		"brings along github.com/coder/websocket",
	}
	if !slices.Equal(faults, want) {
		t.Errorf("faults %q, want %q", faults, want)
	}
}
