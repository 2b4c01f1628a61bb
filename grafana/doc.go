// Package grafana is what an operator puts around a pitboss server: Grafana
// dashboards, Prometheus alert and recording rules, and the files by which both
// programs find them, all built from Go so that they change with the metrics
// that they show.
//
// [Files] returns them, [Write] puts them into a folder, and [Queries] lists
// every expression in them for whoever wants to try them on a Prometheus.
//
// The dashboards work with any Prometheus since 2.42 and any Grafana since 10:
// quantiles come from classic histograms.
package grafana
