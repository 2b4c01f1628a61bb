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
	// Settle is how much of the past there must be before growth is told. Until
	// then it is zero: the first seconds after a start, scaled up to an hour, say
	// nothing. Zero: a twelfth of Window.
	Settle time.Duration
	// Log is told when the process cannot be measured. Nil: slog's default.
	Log *slog.Logger
}

// maxSamples bounds the memory that a window takes: 24 bytes each.
const maxSamples = 100_000

func (c *Config) prepare() error {
	var faults pitboss.FieldErrors
	const allowed = "zero (the default) or more"
	faults.AddIf(c.Interval < 0, "interval", c.Interval, allowed)
	faults.AddIf(c.Window < 0, "window", c.Window, allowed)
	faults.AddIf(c.Settle < 0, "settle", c.Settle, allowed)
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
	// The samples of a window are at most so far apart, and a tick may come late.
	c.Settle = min(c.Settle, c.Window.Truncate(c.Interval)) - c.Interval/2
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return faults.Err()
}

// Sampler looks at the process every so often. Its methods are safe for
// concurrent use.
type Sampler struct {
	config  Config
	read    func() (process, error) // of /proc
	failing bool                    // it did, the last time; for the one who looks

	mu      sync.RWMutex
	runtime *runtimeReader
	memory  window
	last    process
	latest  Snapshot
}

// New returns a sampler that has looked once. [Sampler.Run] makes it go on. It
// fails with every fault of the configuration, joined, and for nothing else: a
// process that cannot be measured can still serve.
func New(c Config) (*Sampler, error) { return newSampler(c, readProcess) }

func newSampler(c Config, read func() (process, error)) (*Sampler, error) {
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("sysstats: %w", err)
	}
	s := &Sampler{
		config: c, read: read, runtime: newRuntimeReader(),
		memory: newWindow(int(c.Window/c.Interval) + 1),
	}
	s.look(context.Background())
	return s, nil
}

// Run looks at the process every Config.Interval until ctx ends. It returns
// nil. It must not be called again while it runs.
func (s *Sampler) Run(ctx context.Context) error {
	ticker := time.NewTicker(s.config.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			s.look(ctx)
		}
	}
}

// look samples, and tells of a failure once until it works again.
func (s *Sampler) look(ctx context.Context) {
	err := s.sample()
	if err != nil && !s.failing {
		s.config.Log.WarnContext(ctx, "process not measured", "error", err)
	}
	s.failing = err != nil
}

// Snapshot returns what the last look found.
func (s *Sampler) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.latest
}

// sample looks once. Where /proc cannot be read, the figures that come from it
// stay as they were; those of Go's runtime are always new.
func (s *Sampler) sample() error {
	p, err := s.read()
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.latest
	next.Time = time.Now()
	s.runtime.read(&next)
	if err == nil {
		s.measure(&next, &p)
	}
	s.latest = next
	return err
}

// measure fills in what /proc tells.
func (s *Sampler) measure(next *Snapshot, p *process) {
	next.ResidentBytes, next.VirtualBytes, next.CPUSeconds = p.resident, p.virtual, p.cpu
	next.OpenFiles, next.MaxFiles, next.LoadAverage = p.files, p.maxFiles, p.load
	if elapsed := p.at.Sub(s.last.at); !s.last.at.IsZero() && elapsed > 0 {
		next.CPUUtilization = max(p.cpu-s.last.cpu, 0) / elapsed.Seconds() / float64(next.Processors)
	}
	s.memory.add(p.at, float64(p.resident))
	span := s.memory.span()
	next.MemoryGrowthWindowSeconds = span.Seconds()
	if span > 0 && span >= s.config.Settle {
		next.MemoryGrowthBytesPerHour = s.memory.slope() * time.Hour.Seconds()
	}
	s.last = *p
}
