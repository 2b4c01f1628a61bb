// Package scrape answers scrapers: Prometheus text, protobuf with native
// histograms or OpenMetrics with exemplars, as the Accept header asks, and
// compressed if the scraper takes that.
package scrape

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // whoever asks for zstd gets it

	"github.com/pitboss-dev/pitboss"
)

// Config says how a registry is shown. Registry is required; every other field
// has a working zero value.
type Config struct {
	// Registry is what is gathered. The handler's own errors are counted there.
	Registry *prometheus.Registry
	// Timeout is how long a scraper waits at most; then it gets 503. The
	// gathering goes on, and the next scraper joins it. Zero: 10 s, the default
	// of Prometheus.
	Timeout time.Duration
	// MaxScrapers is how many are answered at a time; others get 503. They share
	// one gathering. Zero: 16.
	MaxScrapers int
	// Log gets what a collector fails with. Nil: slog's default.
	Log *slog.Logger
}

// Handler returns the handler of /metrics. Only one gathering runs at a time, so
// that no number of scrapers slows the games. What a collector fails to deliver is
// logged and left out; the rest is shown. It fails with every fault of the
// configuration, joined.
func Handler(c Config) (http.Handler, error) {
	var faults pitboss.FieldErrors
	if c.Registry == nil {
		faults.Add("registry", nil, "a registry")
	}
	if c.Timeout < 0 {
		faults.Add("timeout", c.Timeout, "zero (10 s) or more")
	}
	if c.MaxScrapers < 0 {
		faults.Add("max_scrapers", c.MaxScrapers, "zero (16) or more")
	}
	if err := faults.Err(); err != nil {
		return nil, fmt.Errorf("scrape: %w", err)
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.MaxScrapers == 0 {
		c.MaxScrapers = 16
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return promhttp.HandlerFor(c.Registry, promhttp.HandlerOpts{
		Registry: c.Registry, ErrorLog: logger{c.Log}, ErrorHandling: promhttp.ContinueOnError,
		EnableOpenMetrics: true, CoalesceGather: true, MaxRequestsInFlight: c.MaxScrapers, Timeout: c.Timeout,
	}), nil
}

// logger is what the client library logs to.
type logger struct{ log *slog.Logger }

func (l logger) Println(v ...any) {
	l.log.ErrorContext(context.Background(), "metrics not complete", "error", fmt.Sprint(v...))
}
