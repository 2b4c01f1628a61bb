package grafana

import "fmt"

// Query is one expression of the set.
type Query struct {
	// Where tells whose it is: a dashboard and panel, or a rule.
	Where string
	// Expr is in PromQL; those of dashboards hold Grafana's variables.
	Expr string
	// Alert is whether data means that something is wrong.
	Alert bool
}

// Queries returns every expression of the dashboards and rules.
func Queries(c Config) ([]Query, error) {
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("grafana: %w", err)
	}
	var list []Query
	for _, b := range boards() {
		list = append(list, Query{Where: b.title + ": deploys", Expr: here(deploys)})
		for _, r := range b.rows {
			for i := range r.panels {
				for _, q := range r.panels[i].queries {
					list = append(list, Query{Where: b.title + ": " + r.title + ": " + r.panels[i].title, Expr: here(q.expr)})
				}
			}
		}
	}
	for _, g := range append(recordings(), c.alerts()...) {
		for _, r := range g.Rules {
			list = append(list, Query{Where: g.Name + ": " + r.Record + r.Alert, Expr: r.Expr, Alert: r.Alert != ""})
		}
	}
	return list, nil
}
