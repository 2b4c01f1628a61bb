package scrape_test

import (
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/scrape"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow is a collector that takes its time.
type slow struct {
	takes   time.Duration
	gathers atomic.Int32
	most    atomic.Int32 // at a time
	running atomic.Int32
}

var answer = prometheus.NewDesc("answer", "To everything.", nil, nil)

func (c *slow) Describe(to chan<- *prometheus.Desc) { to <- answer }

func (c *slow) Collect(to chan<- prometheus.Metric) {
	c.gathers.Add(1)
	if n := c.running.Add(1); n > c.most.Load() {
		c.most.Store(n)
	}
	defer c.running.Add(-1)
	time.Sleep(c.takes)
	to <- prometheus.MustNewConstMetric(answer, prometheus.GaugeValue, 42)
}

func handler(t *testing.T, c scrape.Config, collectors ...prometheus.Collector) http.Handler {
	t.Helper()
	c.Registry = prometheus.NewRegistry()
	c.Registry.MustRegister(collectors...)
	c.Log = slog.New(slog.DiscardHandler)
	h, err := scrape.Handler(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestFormats(t *testing.T) {
	t.Parallel()
	timed := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "timed_seconds", Help: "Time.", NativeHistogramBucketFactor: 1.1, Buckets: []float64{1}})
	timed.(prometheus.ExemplarObserver).ObserveWithExemplar(0.5, prometheus.Labels{"trace_id": "abc"})
	h := handler(t, scrape.Config{}, timed)
	for accept, want := range map[string][2]string{
		"":                             {"text/plain", `timed_seconds_bucket{le="1"} 1`},
		"application/openmetrics-text": {"application/openmetrics-text", `# {trace_id="abc"} 0.5`},
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited": {"application/vnd.google.protobuf", "timed_seconds"},
	} {
		w := get(h, "Accept", accept)
		if got := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(got, want[0]) || !strings.Contains(w.Body.String(), want[1]) {
			t.Errorf("%q: %d %s\n%s", accept, w.Code, got, w.Body)
		}
	}
	if got := get(h, "Accept-Encoding", "zstd").Header().Get("Content-Encoding"); got != "zstd" {
		t.Errorf("asked for zstd, got %q", got)
	}
	w := get(h, "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("not compressed: %v", w.Header())
	}
	unzipped, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unzipped); err != nil || !strings.Contains(string(text), "timed_seconds_count 1") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestOneGatheringAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &slow{takes: 3 * time.Second}
		h := handler(t, scrape.Config{}, c)
		var scrapers sync.WaitGroup
		for range 10 {
			scrapers.Go(func() {
				if w := get(h); w.Code != 200 || !strings.Contains(w.Body.String(), "answer 42") {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		scrapers.Wait()
		if c.most.Load() != 1 || c.gathers.Load() != 1 {
			t.Errorf("%d gatherings, %d at a time", c.gathers.Load(), c.most.Load())
		}
	})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &slow{takes: time.Minute}
		h := handler(t, scrape.Config{Timeout: 2 * time.Second, MaxScrapers: 2}, c)
		begin := time.Now()
		var scrapers sync.WaitGroup
		for range 5 {
			scrapers.Go(func() {
				if w := get(h); w.Code != http.StatusServiceUnavailable {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		scrapers.Wait()
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("scrapers waited for %v", took)
		}
		time.Sleep(time.Minute) // the gathering ends by itself
		synctest.Wait()
		if c.gathers.Load() != 1 {
			t.Errorf("%d gatherings", c.gathers.Load())
		}
	})
}

// failing is a collector that cannot tell.
type failing struct{}

func (failing) Describe(to chan<- *prometheus.Desc) {
	to <- prometheus.NewDesc("broken", "Never.", nil, nil)
}

func (failing) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.NewInvalidMetric(prometheus.NewDesc("broken", "Never.", nil, nil), errors.New("broken"))
}

func TestOneCollectorFails(t *testing.T) {
	t.Parallel()
	h := handler(t, scrape.Config{}, failing{}, &slow{})
	if w := get(h); w.Code != 200 || !strings.Contains(w.Body.String(), "answer 42") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := scrape.Handler(scrape.Config{Timeout: -1, MaxScrapers: -1})
	for _, field := range []string{"registry", "timeout", "max_scrapers"} {
		if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
}
