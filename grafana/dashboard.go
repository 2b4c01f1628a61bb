package grafana

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// board is one dashboard.
type board struct {
	uid         string // never changes: links and bookmarks hold it
	title       string
	description string
	rows        []row
}

type row struct {
	title  string
	panels []panel
}

func boards() []board {
	return []board{overview(), performance(), stateMachine(), messaging()}
}

// tag marks our dashboards; the links among them find each other by it.
const tag = "pitboss"

// datasource is whatever Prometheus the reader has chosen.
func datasource() common.DataSourceRef {
	kind, uid := "prometheus", "${datasource}"
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}

// deploys are the first minutes of a version that was not there before. What
// runs longer than Prometheus looks back (5 min) is told from what has just come.
const deploys = `count by (version, goversion) (pitboss_build_info{@})` +
	` unless count by (version, goversion) (pitboss_build_info{@} offset 5m)`

// json is the dashboard as Grafana reads it, with a link to the runbooks.
func (b *board) json(runbooks string) ([]byte, error) {
	//nolint:staticcheck // its successor, schema v2, is not read by Grafana before 12, nor by file provisioning
	d := dashboard.NewDashboardBuilder(b.title).
		Uid(b.uid).
		Description(b.description).
		Tags([]string{tag}).
		Timezone("browser").
		Refresh("30s").
		Time("now-1h", "now").
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(dashboard.NewDashboardLinkBuilder("pitboss").
			Type(dashboard.DashboardLinkTypeDashboards).Tags([]string{tag}).IncludeVars(true).KeepTime(true)).
		Link(dashboard.NewDashboardLinkBuilder("Runbooks").
			Type(dashboard.DashboardLinkTypeLink).Icon("doc").Url(runbooks).TargetBlank(true)).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").
			Label("Data source").Description("The Prometheus that scrapes the servers.").Type("prometheus")).
		WithVariable(choice("job", "Job", "Which set of servers.", "label_values(pitboss_build_info, job)")).
		WithVariable(choice("instance", "Server", "Which of its servers.", `label_values(pitboss_build_info{job=~"$job"}, instance)`)).
		Annotation(dashboard.NewAnnotationQueryBuilder().
			Name("Deploys").Datasource(datasource()).Enable(true).IconColor("purple").
			Target(prometheus.NewDataqueryBuilder().RefId("Anno").Datasource(datasource()).Expr(here(deploys)).Range()).
			Expr(here(deploys)).Step("60s").
			TitleFormat("{{version}} deployed").TextFormat("Built with {{goversion}}.").TagKeys("version"))

	var grid layout
	for _, r := range b.rows {
		d.WithRow(dashboard.NewRowBuilder(r.title).Id(grid.nextID()).GridPos(grid.row()))
		for i := range r.panels {
			p := &r.panels[i]
			d.WithPanel(p.build(grid.nextID(), grid.panel(p.size())))
		}
	}
	built, err := d.Build()
	if err != nil {
		return nil, err
	}
	// The library would hide both in a menu, which Grafana has since version 12.
	for i := range built.Links {
		built.Links[i].Placement = nil
	}
	for i := range built.Annotations.List {
		built.Annotations.List[i].Placement = nil
	}
	return toJSON(built)
}

// choice is a variable of which all values are chosen at first.
func choice(name, label, description, query string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).
		Label(label).
		Description(description).
		Datasource(datasource()).
		Query(dashboard.StringOrMap{String: &query}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortAlphabeticalAsc).
		Multi(true).
		IncludeAll(true).
		AllValue(".+").
		Current(dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		})
}

// layout puts panels side by side on Grafana's grid of 24 columns. The zero
// value is an empty page. Numbers are given in order: they are in the links to
// single panels.
type layout struct {
	id         uint32
	x, y, tall uint32
}

const columns = 24

func (l *layout) nextID() uint32 { l.id++; return l.id }

func (l *layout) row() dashboard.GridPos {
	l.x, l.y, l.tall = 0, l.y+l.tall, 0
	at := dashboard.GridPos{X: 0, Y: l.y, W: columns, H: 1}
	l.y++
	return at
}

func (l *layout) panel(wide, tall uint32) dashboard.GridPos {
	if l.x+wide > columns {
		l.x, l.y, l.tall = 0, l.y+l.tall, 0
	}
	at := dashboard.GridPos{X: l.x, Y: l.y, W: wide, H: tall}
	l.x += wide
	l.tall = max(l.tall, tall)
	return at
}
