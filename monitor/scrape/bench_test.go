package scrape_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/monitor/scrape"
)

// BenchmarkPage is a page of 10,000 series: plain, compressed, and as protobuf,
// in which native histograms come.
func BenchmarkPage(b *testing.B) {
	registry := prometheus.NewRegistry()
	series := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "moves_total", Help: "Moves."}, []string{"kind", "result"})
	registry.MustRegister(series)
	for n := range 5000 {
		series.WithLabelValues(fmt.Sprint("kind-", n), "accepted").Add(float64(n))
		series.WithLabelValues(fmt.Sprint("kind-", n), "rejected").Inc()
	}
	h, err := scrape.Handler(scrape.Config{Registry: registry, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	for _, format := range []struct{ name, accept, encoding string }{
		{"text", "text/plain", "identity"},
		{"text+gzip", "text/plain", "gzip"},
		{"text+zstd", "text/plain", "zstd"},
		{"openmetrics", "application/openmetrics-text; version=1.0.0", "identity"},
		{"protobuf", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", "identity"},
	} {
		b.Run("format="+format.name, func(b *testing.B) {
			r := httptest.NewRequestWithContext(b.Context(), "GET", "/metrics", nil)
			r.Header.Set("Accept", format.accept)
			r.Header.Set("Accept-Encoding", format.encoding)
			bytes := 0
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if bytes = w.Body.Len(); w.Code != 200 || bytes == 0 {
					b.Fatalf("%d, %d bytes", w.Code, bytes)
				}
			}
			b.ReportMetric(float64(bytes), "bytes/page")
		})
	}
}
