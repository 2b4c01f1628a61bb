package grafana_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Grafana's own library reads what we wrote, refuses words that it does not
// know, and writes the same again.
func TestDashboardsAreWhatGrafanaReads(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	for name, data := range dashboards(t) {
		// On success it returns an error that is not nil and says nothing; for the
		// same reason it drops the panels that it has checked.
		if err := new(readBack).UnmarshalJSONStrict(data); len(faults(err)) > 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var d readBack
		if err := json.Unmarshal(data, &d); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := d.Validate(); len(faults(err)) > 0 {
			t.Errorf("%s: %v", name, err)
		}
		again, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(append(again, '\n'), data) {
			t.Errorf("%s reads back as something else", name)
		}
	}
}

// readBack is a dashboard of the schema that Grafana reads from files.
type readBack = dashboard.Dashboard //nolint:staticcheck // see board.json

// faults are those of an error of the library.
func faults(err error) []error {
	if err == nil {
		return nil
	}
	built, ok := errors.AsType[cog.BuildErrors](err)
	if !ok {
		return []error{err}
	}
	var list []error
	for _, fault := range built {
		list = append(list, fault)
	}
	return list
}

func TestStrictReadingFindsFaults(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	for name, data := range dashboards(t) {
		broken := bytes.Replace(data, []byte(`"refId"`), []byte(`"refID"`), 1)
		if bytes.Equal(broken, data) {
			t.Fatalf("%s has no targets", name)
		}
		var d readBack
		if len(faults(d.UnmarshalJSONStrict(broken))) == 0 {
			t.Errorf("%s: a misspelt word was taken", name)
		}
	}
}

// What makes a dashboard usable, and is easily forgotten in a new panel.
func TestDashboardsAreComplete(t *testing.T) {
	uids := map[string]string{}
	for name, data := range dashboards(t) {
		// The library lets empty choices pass where Grafana has a list of words.
		for _, word := range []string{"mode", "fill", "orientation", "colorMode", "graphMode", "displayMode", "placement", "format", "type"} {
			if bytes.Contains(data, []byte(`"`+word+`": ""`)) {
				t.Errorf("%s: an empty %s", name, word)
			}
		}
		var d page
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatal(err)
		}
		if other, taken := uids[d.UID]; taken || len(d.UID) < 8 || len(d.UID) > 40 {
			t.Errorf("%s: uid %q, also of %q", name, d.UID, other)
		}
		uids[d.UID] = name
		if d.Title == "" || d.Description == "" || len(d.Links) == 0 || len(d.Annotations.List) == 0 {
			t.Errorf("%s lacks a title, a description, links or annotations", name)
		}
		var variables []string
		for _, v := range d.Templating.List {
			variables = append(variables, v.Name)
		}
		if got := strings.Join(variables, " "); got != "datasource job instance" {
			t.Errorf("%s: variables %s", name, got)
		}
		ids := map[int]bool{}
		var area []rectangle
		for _, p := range d.Panels {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s: %s has no number of its own: %d", name, p.Title, p.ID)
			}
			ids[p.ID] = true
			for _, other := range area {
				if p.GridPos.overlaps(other) || p.GridPos.X+p.GridPos.W > 24 {
					t.Errorf("%s: %s lies at %+v, upon another or outside", name, p.Title, p.GridPos)
				}
			}
			area = append(area, p.GridPos)
			if p.Type != "row" {
				p.check(t, name)
			}
		}
	}
	if len(uids) != 4 {
		t.Errorf("%d dashboards", len(uids))
	}
}

// page is what the tests read of a dashboard.
type page struct {
	UID, Title, Description string
	Links                   []struct{ Type string }
	Annotations             struct{ List []struct{ Name string } }
	Templating              struct{ List []struct{ Name string } }
	Panels                  []picture
}

type picture struct {
	ID                       int
	Type, Title, Description string
	GridPos                  rectangle
	Datasource               struct{ UID string }
	Options                  struct{ YAxis struct{ Unit string } }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Targets                  []struct {
		Expr, LegendFormat string
		Exemplar           bool
		Datasource         struct{ UID string }
	}
}

func (p *picture) check(t *testing.T, board string) {
	t.Helper()
	if p.Title == "" || p.Description == "" || !strings.HasSuffix(p.Description, ".") {
		t.Errorf("%s: panel %d, %q: no title, or no sentence that describes it", board, p.ID, p.Title)
	}
	if p.FieldConfig.Defaults.Unit == "" && p.Options.YAxis.Unit == "" {
		t.Errorf("%s: %s has no unit", board, p.Title)
	}
	if len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
		t.Errorf("%s: %s has no queries, or a fixed data source", board, p.Title)
	}
	for _, target := range p.Targets {
		if target.LegendFormat == "" || target.Datasource.UID != "${datasource}" {
			t.Errorf("%s: %s: a query without a legend or with a fixed data source", board, p.Title)
		}
		if strings.Contains(target.Expr, "@") || !strings.Contains(target.Expr, `job=~"$job"`) {
			t.Errorf("%s: %s does not heed the choice of servers: %s", board, p.Title, target.Expr)
		}
		if p.Type != "table" && strings.Contains(target.Expr, "_bucket{") && !target.Exemplar {
			t.Errorf("%s: %s has no links to traces", board, p.Title)
		}
	}
}

type rectangle struct{ X, Y, W, H int }

func (r rectangle) overlaps(o rectangle) bool {
	return r.X < o.X+o.W && o.X < r.X+r.W && r.Y < o.Y+o.H && o.Y < r.Y+r.H
}

func dashboards(t *testing.T) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for _, f := range mustFiles(t) {
		if strings.HasSuffix(f.Path, ".json") {
			found[f.Path] = f.Data
		}
	}
	return found
}
