package grafana

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Config says where things are. Its zero value is a Prometheus, a Grafana and a
// server on one machine.
type Config struct {
	// Targets are the host:port where Prometheus finds the servers' /metrics.
	// None: 127.0.0.1:8080.
	Targets []string
	// Job is the name of the server in Prometheus. The dashboards offer every
	// job; the alerts that speak of its absence need to know. Empty: pitboss.
	Job string
	// Interval is how often Prometheus scrapes and evaluates, in whole
	// milliseconds from 100 ms to 1 min: the shortest windows of the rules hold
	// five of the longest. Zero: 15 s.
	Interval time.Duration
	// Runbooks is the page that alerts link to; their names are its anchors.
	// Empty: docs/runbooks.md of the project.
	Runbooks string
	// Prometheus and Traces are the addresses where Grafana finds both. Empty:
	// the standard ports of Prometheus (9090) and Tempo (3200) on this machine.
	Prometheus, Traces string
	// Alertmanager is the host:port to which Prometheus sends alerts. Empty:
	// 127.0.0.1:9093.
	Alertmanager string
	// Dashboards is the folder where Grafana finds the dashboards. Empty:
	// /var/lib/grafana/dashboards/pitboss.
	Dashboards string
}

const (
	minInterval = 100 * time.Millisecond
	maxInterval = time.Minute
)

// complete fills in the defaults and tells all that is wrong.
func (c *Config) complete() error {
	for _, d := range []struct {
		field    *string
		standard string
	}{
		{&c.Job, "pitboss"},
		{&c.Runbooks, "https://github.com/pitboss-dev/pitboss/blob/main/docs/runbooks.md"},
		{&c.Prometheus, "http://127.0.0.1:9090"},
		{&c.Traces, "http://127.0.0.1:3200"},
		{&c.Alertmanager, "127.0.0.1:9093"},
		{&c.Dashboards, "/var/lib/grafana/dashboards/pitboss"},
	} {
		if *d.field == "" {
			*d.field = d.standard
		}
	}
	if len(c.Targets) == 0 {
		c.Targets = []string{"127.0.0.1:8080"}
	}
	if c.Interval == 0 {
		c.Interval = 15 * time.Second
	}

	var faults pitboss.FieldErrors
	for _, target := range c.Targets {
		checkAddress(&faults, "target", target)
	}
	checkAddress(&faults, "alertmanager", c.Alertmanager)
	for _, page := range []struct{ field, value string }{
		{"runbooks", c.Runbooks}, {"prometheus", c.Prometheus}, {"traces", c.Traces},
	} {
		u, err := url.Parse(page.value)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			faults.Add(page.field, page.value, "an http or https address")
		}
	}
	if strings.ContainsAny(c.Job, "\"\\`{}\n") {
		faults.Add("job", c.Job, "a name without quotes, backslashes and braces")
	}
	if c.Interval < minInterval || c.Interval > maxInterval || c.Interval%time.Millisecond != 0 {
		faults.Add("interval", c.Interval, "whole milliseconds from 100ms to 1m")
	}
	return faults.Err()
}

func checkAddress(faults *pitboss.FieldErrors, field, value string) {
	if host, port, err := net.SplitHostPort(value); err != nil || host == "" || port == "" {
		faults.Add(field, value, "host:port, such as 127.0.0.1:8080")
	}
}
