package monitor

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/monitor/scrape"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/monitor/sysstats"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/monitor/visual"
)

// Monitor is the parts, put together. All methods are safe for concurrent use.
type Monitor struct {
	// Nil: off.
	stats  *gamestats.Stats
	system *sysstats.Sampler
	stream *stream.Stream
	visual *visual.Visual
	tracer *tracing.Tracer

	commits   *intake.Commits // for stats and visual; nil without both
	publisher event.Publisher // the stream, or what numbers events without one
	registry  *prometheus.Registry
	metrics   http.Handler
}

// New returns a monitor. It fails with every fault of the parts' configurations,
// joined, and leaves nothing behind then. The process is looked at once; more of
// that, and the calls to those who follow the stream, begin with [Monitor.Run].
func New(ctx context.Context, c Config) (*Monitor, error) {
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("monitor: %w", err)
	}
	m := &Monitor{publisher: new(event.Sequencer), registry: c.Scrape.Registry}
	if m.registry == nil {
		m.registry = prometheus.NewRegistry()
		c.Scrape.Registry = m.registry
	}
	err := m.build(ctx, &c)
	if err == nil {
		err = m.register()
	}
	if err == nil {
		m.metrics, err = scrape.Handler(c.Scrape)
	}
	if err != nil {
		// The tracer's exporter runs already.
		return nil, fmt.Errorf("monitor: %w", errors.Join(err, m.tracer.Shutdown(ctx)))
	}
	return m, nil
}

// build makes the parts that are on.
func (m *Monitor) build(ctx context.Context, c *Config) error {
	if c.Off&(Stats|Visual) != Stats|Visual {
		m.commits = intake.NewCommits()
		c.Stats.Commits, c.Visual.Commits = m.commits, m.commits
	}
	var errs [5]error
	if c.Off&Stats == 0 {
		m.stats = gamestats.New(c.Stats)
	}
	if c.Off&System == 0 {
		m.system, errs[0] = sysstats.New(c.System)
	}
	if c.Off&Stream == 0 {
		m.stream, errs[1] = stream.New(c.Stream)
		m.publisher = m.stream
	}
	if c.Off&Visual == 0 {
		m.visual, errs[2] = visual.New(c.Visual)
	}
	if c.Off&Tracing == 0 {
		m.tracer, errs[3] = tracing.New(ctx, c.Tracing)
	}
	// Only for its faults: the handler registers a metric of its own.
	trial := c.Scrape
	trial.Registry = prometheus.NewRegistry()
	_, errs[4] = scrape.Handler(trial)
	return errors.Join(errs[:]...)
}

// register has every part that is on collected, or none.
func (m *Monitor) register() error {
	var list []prometheus.Collector
	if m.stats != nil {
		list = append(list, m.stats)
	}
	if m.stats != nil && m.stream != nil {
		list = append(list, gamestats.Stream(m.stream.Stats))
	}
	if m.visual != nil {
		list = append(list, m.visual)
	}
	if m.system != nil {
		list = append(list, m.system, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
			collectors.NewGoCollector(
				collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsScheduler, collectors.MetricsGC)))
	}
	for i, c := range list {
		if err := m.registry.Register(c); err != nil {
			for _, done := range list[:i] {
				m.registry.Unregister(done)
			}
			return err
		}
	}
	return nil
}

// Run samples the process and calls those who follow the stream, until ctx ends
// or one of the two fails.
func (m *Monitor) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make(chan error, 2)
	running := 0
	start := func(run func(context.Context) error) {
		running++
		go func() {
			defer cancel() // one that fails ends the other
			errs <- run(ctx)
		}()
	}
	if m.stream != nil {
		start(m.stream.Run)
	}
	if m.system != nil {
		start(m.system.Run)
	}
	if running == 0 {
		<-ctx.Done()
	}
	var err error
	for range running {
		err = errors.Join(err, <-errs)
	}
	return err
}

// Shutdown exports the spans that wait, until ctx ends. Call it last.
func (m *Monitor) Shutdown(ctx context.Context) error { return m.tracer.Shutdown(ctx) }

// Stats is the part that counts games, queues and connections. Like the other
// parts it is nil where it is off.
func (m *Monitor) Stats() *gamestats.Stats { return m.stats }

// System samples the process and its machine.
func (m *Monitor) System() *sysstats.Sampler { return m.system }

// Stream has the events, live and recent.
func (m *Monitor) Stream() *stream.Stream { return m.stream }

// Visual has the pictures.
func (m *Monitor) Visual() *visual.Visual { return m.visual }

// Tracer makes spans; a nil one makes none, and its methods work all the same.
func (m *Monitor) Tracer() *tracing.Tracer { return m.tracer }

// Registry is what scrapers are told, for metrics of one's own beside the parts'.
func (m *Monitor) Registry() *prometheus.Registry { return m.registry }

// Metrics answers scrapers.
func (m *Monitor) Metrics() http.Handler { return m.metrics }
