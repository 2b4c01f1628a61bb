package grafana

import (
	"strconv"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// panel is one picture.
type panel struct {
	kind        kind
	title       string
	description string
	unit        string // of package units; empty: a plain number
	queries     []query
	steps       []step  // where colours change; empty: they do not
	wide        uint32  // of 24 columns; zero: as the kind has it
	most        float64 // of the axis; zero: as the values have it
	signed      bool    // values may be below zero
}

type kind int

const (
	graph   kind = iota // lines over time
	stacked             // areas over time whose sum means something
	number              // the value now
	heat                // how a histogram is spread, over time
	listing             // a row per series, now
)

// query is one expression, with {@} where the reader's choice of servers goes.
type query struct {
	expr   string
	legend string
}

// step is a colour from a value upwards; below the first everything is green.
type step struct {
	from   float64
	colour string
}

// warn and bad are the usual two steps.
func limits(warn, bad float64) []step { return []step{{warn, "orange"}, {bad, "red"}} }

// here puts the reader's choice of servers into an expression.
func here(expr string) string {
	return strings.ReplaceAll(expr, "{@", `{job=~"$job",instance=~"$instance"`)
}

// quantiles are the median and the tail of a histogram, split by labels.
func quantiles(metric, legend string, by ...string) []query {
	var list []query
	for _, q := range []float64{0.5, 0.95, 0.99} {
		list = append(list, quantile(q, metric, legend, by...))
	}
	return list
}

func quantile(q float64, metric, legend string, by ...string) query {
	name := "p" + strconv.FormatFloat(q*100, 'f', -1, 64)
	return query{
		"histogram_quantile(" + strconv.FormatFloat(q, 'f', -1, 64) + ", sum by (" + strings.Join(append(by, "le"), ", ") +
			") (rate(" + metric + "_bucket{@}[$__rate_interval])))",
		strings.TrimSpace(legend + " " + name),
	}
}

// spread is what a heat panel shows of a histogram.
func spread(metric string) []query {
	return []query{{"sum by (le) (increase(" + metric + "_bucket{@}[$__rate_interval]))", "{{le}}"}}
}

func (p *panel) size() (wide, tall uint32) {
	wide, tall = 12, 8
	if p.kind == number {
		wide, tall = 3, 4 // eight in a line
	}
	if p.wide != 0 {
		wide = p.wide
	}
	return wide, tall
}

func (p *panel) build(id uint32, at dashboard.GridPos) cog.Builder[dashboard.Panel] {
	switch p.kind {
	case number:
		return p.number(id, at)
	case heat:
		return p.heat(id, at)
	case listing:
		return p.listing(id, at)
	default:
		return p.graph(id, at)
	}
}

func (p *panel) graph(id uint32, at dashboard.GridPos) cog.Builder[dashboard.Panel] {
	b := timeseries.NewPanelBuilder().
		Id(id).GridPos(at).Title(p.title).Description(p.description).Datasource(datasource()).
		Unit(p.unit).
		Targets(p.targets(prometheus.PromQueryFormatTimeSeries, false)).
		Legend(common.NewVizLegendOptionsBuilder().
			DisplayMode(common.LegendDisplayModeTable).Placement(common.LegendPlacementBottom).
			ShowLegend(true).Calcs([]string{"lastNotNull", "max"})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending)).
		ShowPoints(common.VisibilityModeNever).
		FillOpacity(8)
	if p.kind == stacked {
		b.FillOpacity(40).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
	}
	if !p.signed {
		b.Min(0)
	}
	if p.most != 0 {
		b.Max(p.most)
	}
	if len(p.steps) > 0 {
		b.Thresholds(p.thresholds()).
			ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed))
	}
	return b
}

func (p *panel) number(id uint32, at dashboard.GridPos) cog.Builder[dashboard.Panel] {
	return stat.NewPanelBuilder().
		Id(id).GridPos(at).Title(p.title).Description(p.description).Datasource(datasource()).
		Unit(p.unit).
		Targets(p.targets(prometheus.PromQueryFormatTimeSeries, false)).
		Orientation(common.VizOrientationAuto).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		GraphMode(common.BigValueGraphModeArea).
		ColorMode(common.BigValueColorModeValue).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		Thresholds(p.thresholds())
}

func (p *panel) heat(id uint32, at dashboard.GridPos) cog.Builder[dashboard.Panel] {
	return heatmap.NewPanelBuilder().
		Id(id).GridPos(at).Title(p.title).Description(p.description).Datasource(datasource()).
		Targets(p.targets(prometheus.PromQueryFormatHeatmap, false)).
		YAxis(heatmap.NewYAxisConfigBuilder().Unit(p.unit)).
		Color(heatmap.NewHeatmapColorOptionsBuilder().
			Mode(heatmap.HeatmapColorModeScheme).Scheme("Spectral").Fill("dark-orange").Scale(heatmap.HeatmapColorScaleExponential).
			Exponent(0.5).Steps(64).Reverse(true)).
		Tooltip(heatmap.NewHeatmapTooltipBuilder().Mode(common.TooltipDisplayModeSingle)).
		ExemplarsColor("rgba(255,0,255,0.7)")
}

func (p *panel) listing(id uint32, at dashboard.GridPos) cog.Builder[dashboard.Panel] {
	return table.NewPanelBuilder().
		Id(id).GridPos(at).Title(p.title).Description(p.description).Datasource(datasource()).
		Unit(p.unit).
		Targets(p.targets(prometheus.PromQueryFormatTable, true)).
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]bool{"Time": true},
			"renameByName":  p.columnNames(),
		}}).
		Footer(common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{"sum"})).
		Thresholds(p.thresholds())
}

// columnNames gives each query's values its legend as a heading.
func (p *panel) columnNames() map[string]string {
	names := make(map[string]string, len(p.queries))
	for i, q := range p.queries {
		names["Value #"+refID(i)] = q.legend
	}
	return names
}

func refID(i int) string { return string(rune('A' + i)) }

// targets asks for exemplars with every histogram: a click on one opens its trace.
func (p *panel) targets(format prometheus.PromQueryFormat, now bool) []cog.Builder[variants.Dataquery] {
	var list []cog.Builder[variants.Dataquery]
	for i, q := range p.queries {
		b := prometheus.NewDataqueryBuilder().
			RefId(refID(i)).
			Datasource(datasource()).
			Expr(here(q.expr)).
			LegendFormat(q.legend).
			Format(format)
		if now {
			b.Instant()
		} else {
			b.Range().Exemplar(strings.Contains(q.expr, "_bucket{"))
		}
		list = append(list, b)
	}
	return list
}

func (p *panel) thresholds() cog.Builder[dashboard.ThresholdsConfig] {
	steps := []dashboard.Threshold{{Color: "green"}}
	for _, s := range p.steps {
		steps = append(steps, dashboard.Threshold{Value: &s.from, Color: s.colour})
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}
