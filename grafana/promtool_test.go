package grafana_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/pitboss-dev/pitboss/grafana"
)

func TestPromtoolTakesRulesAndConfiguration(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(golden, "prometheus", "rules")
	promtool(t, "check", "rules", filepath.Join(rules, "pitboss-alerts.yml"), filepath.Join(rules, "pitboss-recording.yml"))
	promtool(t, "check", "config", filepath.Join(golden, "prometheus", "prometheus.yml"))
}

// Expressions of dashboards are made rules, for promtool to parse them.
func TestPromtoolParsesEveryQuery(t *testing.T) {
	t.Parallel()
	queries, err := grafana.Queries(grafana.Config{})
	if err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$job", ".+", "$instance", ".+")
	var rules strings.Builder
	fmt.Fprintln(&rules, "groups: [{name: queries, rules: [")
	for i, q := range queries {
		fmt.Fprintf(&rules, "{record: query%d, expr: %q},\n", i, variables.Replace(q.Expr))
	}
	fmt.Fprintln(&rules, "]}]")
	path := filepath.Join(t.TempDir(), "queries.yml")
	if err := os.WriteFile(path, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := promtool(t, "check", "rules", path); !strings.Contains(out, fmt.Sprintf("%d rules found", len(queries))) {
		t.Errorf("%d queries: %s", len(queries), out)
	}
}

func TestAlertsFireAndAreSilent(t *testing.T) {
	t.Parallel()
	promtool(t, "test", "rules", filepath.Join("testdata", "alerts_test.yml"))
}

// A new alert needs both of its cases, and what to do.
func TestEveryAlertIsTestedAndExplained(t *testing.T) {
	t.Parallel()
	fires, silent := cases(t)
	runbooks := entries(t)
	alerts := alertRules(t)
	for _, a := range alerts {
		if fires[a.Alert] == 0 || silent[a.Alert] == 0 {
			t.Errorf("%s: %d cases in which it fires, %d in which it does not", a.Alert, fires[a.Alert], silent[a.Alert])
		}
		if severity := a.Labels["severity"]; severity != "page" && severity != "ticket" {
			t.Errorf("%s: severity %q", a.Alert, severity)
		}
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s lacks a summary or a description", a.Alert)
		}
		page, anchor, _ := strings.Cut(a.Annotations["runbook_url"], "#")
		if !strings.HasSuffix(page, "docs/runbooks.md") || !strings.EqualFold(anchor, a.Alert) {
			t.Errorf("%s: runbook %s#%s", a.Alert, page, anchor)
		}
		for _, part := range []string{"**Look at**", "**Do**"} {
			if !strings.Contains(runbooks[a.Alert], part) {
				t.Errorf("%s: docs/runbooks.md does not say: %s", a.Alert, part)
			}
		}
		delete(runbooks, a.Alert)
	}
	if len(alerts) == 0 || len(runbooks) != 0 {
		t.Errorf("%d alerts; runbooks of none: %v", len(alerts), runbooks)
	}
}

// cases counts those in which an alert fires, and in which it does not although
// there is something for it to look at.
func cases(t *testing.T) (fires, silent map[string]int) {
	t.Helper()
	var file struct {
		Tests []struct {
			Name   string
			Input  []struct{ Series string } `yaml:"input_series"`
			Alerts []struct {
				Name string      `yaml:"alertname"`
				Exp  []yaml.Node `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	readYAML(t, filepath.Join("testdata", "alerts_test.yml"), &file)
	looksAt := map[string]string{}
	for _, a := range alertRules(t) {
		looksAt[a.Alert] = spelledOut(t, a.Expr)
	}
	fires, silent = map[string]int{}, map[string]int{}
	for _, test := range file.Tests {
		for _, a := range test.Alerts {
			expr, ok := looksAt[a.Name]
			if !ok {
				t.Errorf("%s: there is no alert %s", test.Name, a.Name)
			}
			seen := slices.ContainsFunc(test.Input, func(in struct{ Series string }) bool {
				name, _, _ := strings.Cut(in.Series, "{")
				return regexp.MustCompile(`\b` + name + `\b`).MatchString(expr)
			})
			switch {
			case !seen:
				t.Errorf("%s: no series that %s looks at, so it proves nothing", test.Name, a.Name)
			case len(a.Exp) > 0:
				fires[a.Name]++
			default:
				silent[a.Name]++
			}
		}
	}
	return fires, silent
}

// spelledOut has what recording rules stand for in their place.
func spelledOut(t *testing.T, expr string) string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct{ Record, Expr string }
		}
	}
	readYAML(t, filepath.Join(golden, "prometheus", "rules", "pitboss-recording.yml"), &file)
	for range 2 { // one of them stands on another
		for _, g := range file.Groups {
			for _, r := range g.Rules {
				expr = strings.ReplaceAll(expr, r.Record, "("+r.Expr+")")
			}
		}
	}
	return expr
}

// What the runbooks call a panel must be one.
func TestRunbooksNamePanelsThatExist(t *testing.T) {
	t.Parallel()
	queries, err := grafana.Queries(grafana.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, q := range queries {
		known = append(known, strings.Split(q.Where, ": ")...)
	}
	data, err := os.ReadFile(filepath.Join("..", "docs", "runbooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:Overview|Performance|State Machine|Messaging) → ([A-Z][a-z ]+)`).FindAllStringSubmatch(string(data), -1)
	if len(named) < 10 {
		t.Errorf("%d panels named", len(named))
	}
	for _, n := range named {
		if !slices.ContainsFunc(known, func(title string) bool { return strings.HasPrefix(n[1], title) }) {
			t.Errorf("the runbooks speak of %q, which is no panel", n[0])
		}
	}
}

// promtool runs the real one and returns what it says.
func promtool(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v: `make prometheus` installs it, as does apt-get install prometheus", err)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

type alertRule struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alertRule } }
	readYAML(t, filepath.Join(golden, "prometheus", "rules", "pitboss-alerts.yml"), &file)
	var list []alertRule
	for _, g := range file.Groups {
		list = append(list, g.Rules...)
	}
	return list
}

// entries are the runbooks by alert.
func entries(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "docs", "runbooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, section := range strings.Split(string(data), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		found[heading] = text
	}
	return found
}

func readYAML(t *testing.T, path string, to any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, to); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
