package sysstats

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running runs a sampler for the length of the test, in its bubble.
func running(t *testing.T, c Config, read func() (process, error)) *Sampler {
	t.Helper()
	s, err := newSampler(c, read)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s
}

// A process that grows by 100 MiB an hour, with a saw tooth of 20 MiB on top,
// as garbage collection makes it: two points would be off by up to 240 MiB an
// hour, the line is not.
func TestGrowthSeesThroughTheCollector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const mib = 1 << 20
		start := time.Now()
		s := running(t, Config{}, func() (process, error) {
			now := time.Now()
			hours := now.Sub(start).Hours()
			tooth := math.Mod(now.Sub(start).Seconds(), 70) / 70
			return process{at: now, resident: uint64((500 + 100*hours + 20*tooth) * mib)}, nil
		})
		if got := s.Snapshot().MemoryGrowthBytesPerHour; got != 0 {
			t.Errorf("growth after one look is %v", got)
		}
		time.Sleep(4*time.Minute + time.Second)
		if got := s.Snapshot().MemoryGrowthBytesPerHour; got != 0 {
			t.Errorf("growth is told too early: %v", got)
		}
		for _, after := range []time.Duration{time.Hour, 5 * time.Hour} {
			time.Sleep(after)
			got := s.Snapshot()
			if math.Abs(got.MemoryGrowthBytesPerHour/mib-100) > 3 {
				t.Errorf("after %v: growth is %.1f MiB an hour, want 100", time.Since(start), got.MemoryGrowthBytesPerHour/mib)
			}
		}
		if got := s.Snapshot().MemoryGrowthWindowSeconds; got != 3600 {
			t.Errorf("told from %v s, want the window of 3600", got)
		}
	})
}

// What lies before the window is forgotten.
func TestGrowthEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := running(t, Config{Interval: time.Second, Window: time.Minute}, func() (process, error) {
			grown := min(time.Since(start), 5*time.Minute)
			return process{at: time.Now(), resident: uint64(grown.Seconds()) * 1000}, nil
		})
		time.Sleep(4 * time.Minute)
		if got := s.Snapshot().MemoryGrowthBytesPerHour; math.Abs(got-3.6e6) > 1 {
			t.Errorf("grows by %v an hour, want 3.6e6", got)
		}
		time.Sleep(3 * time.Minute)
		if got := s.Snapshot().MemoryGrowthBytesPerHour; got != 0 {
			t.Errorf("still grows by %v an hour", got)
		}
	})
}

func TestUtilizationIsOfTheLastInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		s := running(t, Config{Interval: time.Second}, func() (process, error) {
			looks++
			return process{at: time.Now(), cpu: float64(looks*looks) / 100}, nil
		})
		time.Sleep(2500 * time.Millisecond)
		now := s.Snapshot()
		if want := (0.09 - 0.04) / float64(now.Processors); math.Abs(now.CPUUtilization-want) > 1e-9 {
			t.Errorf("utilization is %v, want %v", now.CPUUtilization, want)
		}
	})
}

// A look that fails keeps the last figures of the process, and is told once.
func TestFailingReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var fail atomic.Bool
		s := running(t, Config{Interval: time.Second, Log: slog.New(slog.NewTextHandler(&out, nil))}, func() (process, error) {
			if fail.Load() {
				return process{}, procError("/proc/self/stat", errors.New("gone"))
			}
			return process{at: time.Now(), resident: 7}, nil
		})
		time.Sleep(1500 * time.Millisecond)
		fail.Store(true)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := s.Snapshot().ResidentBytes; got != 7 {
			t.Errorf("resident is %d", got)
		}
		if n := strings.Count(out.String(), "process not measured"); n != 1 {
			t.Errorf("told %d times:\n%s", n, &out)
		}
	})
}

// A server whose /proc cannot be read serves all the same, and knows of Go's
// runtime what there is to know.
func TestWithoutProc(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := running(t, Config{Interval: time.Second, Log: slog.New(slog.NewTextHandler(&out, nil))}, func() (process, error) {
			return process{}, procError("/proc/self", errors.New("not mounted"))
		})
		first := s.Snapshot()
		time.Sleep(3500 * time.Millisecond)
		synctest.Wait()
		now := s.Snapshot()
		if now.Goroutines < 1 || now.Heap.Objects == 0 || now.Processors < 1 || now.Time.Sub(first.Time) != 3*time.Second {
			t.Errorf("nothing of the runtime, or of a while ago: %+v", now)
		}
		if now.ResidentBytes != 0 || now.CPUUtilization != 0 || now.MemoryGrowthBytesPerHour != 0 {
			t.Errorf("made up: %+v", now)
		}
		if n := strings.Count(out.String(), "not mounted"); n != 1 {
			t.Errorf("told %d times:\n%s", n, &out)
		}
	})
}

// Growth is told in the end, however little the window and what has to settle
// leave between them.
func TestGrowthOfATightWindow(t *testing.T) {
	for _, c := range []Config{
		{Interval: 10 * time.Second, Window: 25 * time.Second, Settle: 25 * time.Second}, // three samples are 20 s
		{Interval: 10 * time.Second, Window: time.Minute, Settle: time.Minute},
		{Interval: time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			late := time.Duration(0)
			s := running(t, c, func() (process, error) {
				late = (late + 700*time.Microsecond) % time.Millisecond // as ticks are
				at := time.Now().Add(late)
				return process{at: at, resident: uint64(at.Sub(start).Seconds() * 1e6)}, nil
			})
			time.Sleep(10 * max(c.Window, time.Hour))
			if got := s.Snapshot().MemoryGrowthBytesPerHour; math.Abs(got-3.6e9) > 1e7 {
				t.Errorf("%+v: grows by %v an hour, want 3.6e9", c, got)
			}
		})
	}
}

// The slope is that of a plain textbook formula over the samples in the window.
func TestSlopeAgainstTextbook(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		size := 2 + random.IntN(20)
		w := newWindow(size)
		var all []sample
		at := time.Unix(1.8e9, 0)
		for range random.IntN(60) {
			at = at.Add(time.Duration(1+random.IntN(5000)) * time.Millisecond)
			s := sample{at, 1000 * random.Float64()}
			w.add(s.at, s.value)
			all = append(all, s)
		}
		all = all[max(0, len(all)-size):]
		if got, want := w.slope(), textbook(all); math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
			t.Fatalf("slope of %d samples is %v, want %v", len(all), got, want)
		}
		if len(all) > 0 && w.span() != all[len(all)-1].at.Sub(all[0].at) {
			t.Fatalf("span is %v", w.span())
		}
	}
}

func textbook(samples []sample) float64 {
	var n, x, y, xx, xy float64
	for _, s := range samples {
		t := s.at.Sub(samples[0].at).Seconds()
		n, x, y, xx, xy = n+1, x+t, y+s.value, xx+t*t, xy+t*s.value
	}
	if n < 2 {
		return 0
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	bounds := []float64{math.Inf(-1), 1, 2, 4, math.Inf(1)}
	for _, c := range []struct {
		counts []uint64
		want   Quantiles
	}{
		{[]uint64{0, 0, 0, 0}, Quantiles{}},
		{[]uint64{0, 1, 0, 0}, Quantiles{1, 2, 2, 2}},
		{[]uint64{98, 1, 1, 0}, Quantiles{100, 1, 2, 4}},
		{[]uint64{0, 0, 1, 1}, Quantiles{2, 4, 4, 4}},
	} {
		if got := quantilesOf(c.counts, bounds); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.counts, got, c.want)
		}
	}
}

// The real process has what every process has.
func TestThisProcess(t *testing.T) {
	t.Parallel()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := s.Snapshot()
	if now.ResidentBytes == 0 || now.VirtualBytes < now.ResidentBytes || now.OpenFiles < 3 || now.Threads < 1 ||
		now.Goroutines < 1 || now.Processors < 1 || now.Heap.Objects == 0 || now.Heap.Total < now.Heap.Objects ||
		now.Heap.Goal == 0 || now.SchedulerLatency.Count == 0 {
		t.Errorf("implausible: %+v", now)
	}
	text, err := json.Marshal(now)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{
		`"resident_bytes":`, `"memory_growth_bytes_per_hour":0`, `"load_average":{"1m":`, `"p99_seconds":`, `"live_bytes":`,
	} {
		if !strings.Contains(string(text), field) {
			t.Errorf("no %s in %s", field, text)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s, err := newSampler(Config{}, func() (process, error) {
		return process{at: time.Now(), load: LoadAverage{0.5, 1.5, 2.5}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(s)
	const want = `
# HELP pitboss_system_load_average The machine's threads that ran or waited for a processor, averaged over a window.
# TYPE pitboss_system_load_average gauge
pitboss_system_load_average{window="15m"} 2.5
pitboss_system_load_average{window="1m"} 0.5
pitboss_system_load_average{window="5m"} 1.5
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "pitboss_system_load_average"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry, "pitboss_process_memory_growth_bytes_per_hour"); n != 1 || err != nil {
		t.Errorf("memory growth: %d, %v", n, err)
	}
	faults, err := testutil.GatherAndLint(registry)
	if err != nil || len(faults) > 0 {
		t.Errorf("%v, %v", faults, err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config Config
		fields []string
	}{
		{Config{Interval: -1, Window: -1, Settle: -1}, []string{"interval", "window", "settle"}},
		{Config{Interval: time.Minute, Window: time.Minute}, []string{"window"}},
		{Config{Interval: time.Millisecond, Window: time.Hour}, []string{"window"}},
		{Config{Settle: 2 * time.Hour}, []string{"settle"}},
		{Config{Interval: 3 * time.Hour}, nil},
	} {
		_, err := New(c.config)
		if (err == nil) != (len(c.fields) == 0) || err != nil && !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%+v: %v", c.config, err)
			continue
		}
		for _, field := range c.fields {
			if !strings.Contains(err.Error(), field) {
				t.Errorf("%+v: %v does not name %s", c.config, err, field)
			}
		}
	}
}

// A look costs a few reads of /proc, every ten seconds.
func BenchmarkSample(b *testing.B) {
	s, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	for range 400 { // a full window
		s.memory.add(time.Now(), 1)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.sample(); err != nil {
			b.Fatal(err)
		}
	}
}
