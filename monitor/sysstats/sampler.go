package sysstats

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Config says how often a [Sampler] looks and how far back it remembers. Its
// zero value works.
type Config struct {
	// Interval is the time between two looks. Zero: 10 s.
	Interval time.Duration
	// Window is how far back the growth of memory is told from. Zero: 1 h.
	Window time.Duration
	// Settle is how much of the past there must be before growth is told; until
	// then it is zero, because a few seconds after a start, made an hour's,
	// say nothing. Zero: a twelfth of Window.
	Settle time.Duration
	// Log gets what no caller is there to be told. Nil: slog's default.
	Log *slog.Logger
}

// maxSamples bounds the memory that a window takes: 24 bytes each.
const maxSamples = 100_000

func (c *Config) prepare() error {
	var faults pitboss.FieldErrors
	for _, bound := range []struct {
		field string
		value time.Duration
	}{{"interval", c.Interval}, {"window", c.Window}, {"settle", c.Settle}} {
		if bound.value < 0 {
			faults.Add(bound.field, bound.value, "zero (the default) or more")
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if c.Interval == 0 {
		c.Interval = 10 * time.Second
	}
	if c.Window == 0 {
		c.Window = max(time.Hour, 2*c.Interval)
	}
	if c.Settle == 0 {
		c.Settle = c.Window / 12
	}
	if c.Window < 2*c.Interval || c.Window/c.Interval > maxSamples {
		faults.Add("window", c.Window, fmt.Sprintf("2 to %d intervals of %v", maxSamples, c.Interval))
	}
	if c.Settle > c.Window {
		faults.Add("settle", c.Settle, fmt.Sprintf("no more than the window of %v", c.Window))
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return faults.Err()
}

// Sampler looks at the process every so often. Its methods are safe for
// concurrent use.
type Sampler struct {
	config Config
	read   func() (process, error) // of /proc

	mu      sync.RWMutex
	runtime *runtimeReader
	memory  window
	last    process
	latest  Snapshot
}

// New returns a sampler that has looked once. [Sampler.Run] makes it go on.
func New(c Config) (*Sampler, error) { return newSampler(c, readProcess) }

func newSampler(c Config, read func() (process, error)) (*Sampler, error) {
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("sysstats: %w", err)
	}
	s := &Sampler{
		config: c, read: read, runtime: newRuntimeReader(),
		memory: newWindow(int(c.Window/c.Interval) + 1),
	}
	if err := s.sample(); err != nil {
		return nil, fmt.Errorf("sysstats: %w", err)
	}
	return s, nil
}

// Run looks at the process every Config.Interval until ctx ends. It returns
// nil.
func (s *Sampler) Run(ctx context.Context) error {
	ticker := time.NewTicker(s.config.Interval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := s.sample()
		if err != nil && !failing { // once is enough until it works again
			s.config.Log.WarnContext(ctx, "process not measured", "error", err)
		}
		failing = err != nil
	}
}

// Snapshot returns what the last look found.
func (s *Sampler) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.latest
}

// sample looks once.
func (s *Sampler) sample() error {
	p, err := s.read()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.add(p.at, float64(p.resident))
	next := Snapshot{
		Time: p.at, ResidentBytes: p.resident, VirtualBytes: p.virtual,
		CPUSeconds: p.cpu, OpenFiles: p.files, MaxFiles: p.maxFiles, LoadAverage: p.load,
	}
	s.runtime.read(&next)
	if elapsed := p.at.Sub(s.last.at); !s.last.at.IsZero() && elapsed > 0 {
		next.CPUUtilization = max(p.cpu-s.last.cpu, 0) / elapsed.Seconds() / float64(next.Processors)
	}
	if span := s.memory.span(); span > 0 {
		next.MemoryGrowthWindowSeconds = span.Seconds()
		if span >= s.config.Settle {
			next.MemoryGrowthBytesPerHour = s.memory.slope() * time.Hour.Seconds()
		}
	}
	s.last, s.latest = p, next
	return nil
}
