package monitor

import (
	"log/slog"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/scrape"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/monitor/sysstats"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/monitor/visual"
)

// Parts is a set of parts.
type Parts uint8

// The parts.
const (
	Stats   Parts = 1 << iota // metrics of games, queues, tasks and connections
	System                    // figures of the process and its machine
	Stream                    // the stream of events and its history
	Visual                    // pictures: states, rooms, players, what is stuck
	Tracing                   // spans; also off where OTEL_* variables do not ask for them

	all = Stats | System | Stream | Visual | Tracing
)

// Config describes a [Monitor]. Its zero value has every part as its own zero
// Config has it.
type Config struct {
	// Off leaves parts out. Zero: none.
	Off Parts

	Stats   gamestats.Config
	System  sysstats.Config
	Stream  stream.Config
	Visual  visual.Config
	Tracing tracing.Config
	// Scrape says how scrapers are answered. Its Registry is made here if nil;
	// one that is given must not have the client library's collectors of the
	// process and of Go yet, unless System is off.
	Scrape scrape.Config

	// Log gets what cannot be returned to a caller, of parts that have no log of
	// their own. Nil: slog's default.
	Log *slog.Logger
}

func (c *Config) prepare() error {
	if c.Off&^all != 0 {
		return &pitboss.FieldError{Field: "off", Value: c.Off, Allowed: "the parts that there are"}
	}
	for _, log := range []**slog.Logger{&c.System.Log, &c.Stream.Log, &c.Tracing.Log, &c.Scrape.Log} {
		if *log == nil {
			*log = c.Log
		}
	}
	return nil
}
