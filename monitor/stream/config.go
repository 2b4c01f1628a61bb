package stream

import (
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
)

// Config describes a [Stream]. Its zero value works.
type Config struct {
	// History is how many events are kept, 100,000,000 at most. Zero: 10,000.
	History int
	// MaxAge is how long they are kept at the most. Zero: 1 hour.
	MaxAge time.Duration
	// Gather is how long published events are gathered before those who wait are
	// woken again; after a quiet time they are woken at once. If subscribers with
	// goroutines of their own are many, some are woken after the others, and it
	// takes up to 20 ms. Zero: 1 ms.
	Gather time.Duration
	// Workers is how many goroutines call the followers, 65,536 at most. Zero:
	// one per processor.
	Workers int
	// Types are types of events beside those of [event.Types], a game's own for
	// example, so that they can be filtered and counted; at most 30. Others are
	// carried too, but no filter can name them and they count as [Other].
	Types []event.Type
	// After is the sequence number before the first event's, for a stream that
	// goes on. Zero: the first event is number 1.
	After uint64
	// Now tells the time. Nil: [time.Now].
	Now func() time.Time
	// Log gets what cannot be returned to a caller. Nil: slog's default.
	Log *slog.Logger
}

// Both are far above what is useful. Beyond them a slip of the pen would end the
// process for want of memory.
const (
	maxHistory = 100_000_000
	maxWorkers = 1 << 16
)

// maxTypes is how many types a set of 64 bits tells apart, without the last bit
// for all others.
const maxTypes = 63

func (c *Config) prepare() error {
	var faults pitboss.FieldErrors
	const allowed = "zero (the default) or more"
	faults.AddIf(c.History < 0, "history", c.History, allowed)
	faults.AddIf(c.MaxAge < 0, "max_age", c.MaxAge, allowed)
	faults.AddIf(c.Gather < 0, "gather", c.Gather, allowed)
	faults.AddIf(c.Workers < 0, "workers", c.Workers, allowed)
	if c.History > maxHistory {
		faults.Add("history", c.History, fmt.Sprintf("at most %d", maxHistory))
	}
	if c.Workers > maxWorkers {
		faults.Add("workers", c.Workers, fmt.Sprintf("at most %d", maxWorkers))
	}
	known := event.Types()
	if most := maxTypes - len(known); len(c.Types) > most {
		faults.Add("types", len(c.Types), fmt.Sprintf("at most %d", most))
	}
	for i, t := range c.Types {
		subject, verb, _ := strings.Cut(string(t), ".")
		if subject == "" || verb == "" || verb == "*" || slices.Contains(known, t) || slices.Contains(c.Types[:i], t) {
			faults.Add("types", t, "a new type such as chess.castled")
		}
	}
	if err := faults.Err(); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	if c.History == 0 {
		c.History = 10_000
	}
	if c.MaxAge == 0 {
		c.MaxAge = time.Hour
	}
	if c.Gather == 0 {
		c.Gather = time.Millisecond
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}
