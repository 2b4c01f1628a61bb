package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/room"
)

// Config says what a [Server] serves and how much of it. Host is required;
// every other field has a working zero value.
type Config struct {
	// Host runs the rooms.
	Host *room.Host
	// Strengths are the bots that rooms may be opened with; the first is taken
	// where a request names none. Empty: any.
	Strengths []string
	// Reserved is the prefix of ids that requests may not give to rooms. Empty:
	// they may give any.
	Reserved string

	// Metrics answers /metrics. Nil: not there.
	Metrics http.Handler
	// Visual answers /api/v1/visualization and /api/v1/players. Nil: not there.
	Visual *visual.Visual
	// Console answers /assets/ and /, or where it has a method Pages() []string,
	// the addresses that this names, as patterns of [http.ServeMux]. Nil: not
	// there.
	Console http.Handler
	// System returns what the process uses, for /api/v1/status. Nil: not shown.
	System func() any
	// Monitor returns how the parts are that watch, for /api/v1/status. Nil: not
	// shown.
	Monitor func() any
	// Collect answers POST /api/v1/system/gc, for the administrator: it collects
	// garbage. Nil: not there.
	Collect http.Handler
	// Dashboards answers GET /api/v1/dashboards, a download for whoever watches
	// this server. Nil: not there.
	Dashboards http.Handler
	// Queues are shown by /api/v1/queues.
	Queues []Queue
	// DeadLetters are shown, retried, recovered and purged by
	// /api/v1/deadletters. Nil: not there.
	DeadLetters deadletter.Archive
	// Stream is shown by /api/v1/events and followed at /api/v1/events/stream.
	// Nil: not there.
	Stream *stream.Stream
	// Parts are shown, with their health, by /readyz and /api/v1/status.
	Parts []Part
	// Pass goes around all that is answered, to pass on requests that other
	// servers have to answer. Nil: this server answers all.
	Pass func(next http.Handler) http.Handler
	// Nodes, encoded as JSON, is part of /api/v1/status: which servers divide the
	// rooms, and how. Nil: not shown.
	Nodes func() any
	// Version, Store and Durability are shown by /api/v1/status; Durability is in
	// each acknowledgement too. Empty: not shown.
	Version, Store, Durability string
	// Instance names this process, Environment what it is for, such as production,
	// in /api/v1/status. Empty: not shown.
	Instance, Environment string

	// AdminToken is needed for every change, as a bearer token. Empty: changes
	// are made from this machine only.
	AdminToken string
	// Origins are the hosts, as patterns of [path.Match], whose pages may play
	// here. Pages of the server's own host always may.
	Origins []string

	// MaxConnections bounds the players connected. Zero: 10,000.
	MaxConnections int
	// MaxListeners bounds those who follow the event stream. Zero: 10,000.
	MaxListeners int
	// StallTimeout is how long one of them may take to accept a frame; it is told
	// what it missed meanwhile. Zero: 2 min.
	StallTimeout time.Duration
	// ReadLimit is the longest frame that is read, in bytes. Zero: 4,096.
	ReadLimit int64
	// Rate is how many frames a second a connection may send in the long run,
	// Burst how many at once. Zero: 100 and 200, which is more than people can
	// and enough for programs that play whole games without a pause.
	Rate, Burst int
	// MaxUnanswered bounds a connection's commands under way. Zero: 16.
	MaxUnanswered int
	// WriteTimeout is how long a client may take to accept a frame. Zero: 5 s.
	WriteTimeout time.Duration
	// PingInterval is how often a connection is pinged; it is given up on when no
	// answer comes within the same time. Zero: 20 s.
	PingInterval time.Duration
	// EnterTimeout bounds the wait for a seat or a new room. Zero: 5 s.
	EnterTimeout time.Duration

	// Meter counts connections, and broadcasts if it is a [BroadcastMeter].
	// Nil: nobody does.
	Meter Meter
	// Tracer follows frames. Nil: nobody does.
	Tracer Tracer
	// Publisher is told of connections that open and close, and of broadcasts
	// where somebody who follows Stream looks closely. Nil: Stream is.
	Publisher event.Publisher
	// Log gets what cannot be returned to a caller. Nil: slog's default.
	Log *slog.Logger
}

// Queue is a queue to show.
type Queue struct {
	Name  string
	Stats func() pitboss.Stats
	// Consumers are who takes messages out. Nil: not shown.
	Consumers []Consumer
}

// Consumer is who takes messages out of a queue.
type Consumer struct {
	Name string `json:"name"`
	// Workers is how many messages it handles at a time.
	Workers int `json:"workers"`
}

// Part is something that must work for the server to be ready.
type Part struct {
	Name string
	// Detail says which kind it is.
	Detail string
	// Check returns what is wrong with the part. Nil: nothing ever is.
	Check func(ctx context.Context) error
}

// Meter counts connections and what moves over them. Its methods are called
// from many goroutines and must not block.
type Meter interface {
	ConnectionOpened()
	// ConnectionClosed says why, in one of the words of [Reasons].
	ConnectionClosed(reason string)
	// Message counts one frame and its bytes, [In] or [Out].
	Message(direction string, bytes int)
}

// The directions of messages, seen from the server.
const (
	In  = "in"
	Out = "out"
)

type noMeter struct{}

func (noMeter) ConnectionOpened()       {}
func (noMeter) ConnectionClosed(string) {}
func (noMeter) Message(string, int)     {}

type noPublisher struct{}

func (noPublisher) Publish([]event.Event) {}

// check reports every fault of the configuration, joined.
func (c *Config) check() error {
	var faults pitboss.FieldErrors
	if c.Host == nil {
		faults.Add("host", nil, "a host of rooms")
	}
	const allowed = "zero (the default) or more"
	faults.AddIf(c.MaxConnections < 0, "max_connections", c.MaxConnections, allowed)
	faults.AddIf(c.ReadLimit < 0, "read_limit", c.ReadLimit, allowed)
	faults.AddIf(c.Rate < 0, "rate", c.Rate, allowed)
	faults.AddIf(c.Burst < 0, "burst", c.Burst, allowed)
	faults.AddIf(c.MaxUnanswered < 0, "max_unanswered", c.MaxUnanswered, allowed)
	faults.AddIf(c.WriteTimeout < 0, "write_timeout", c.WriteTimeout, allowed)
	faults.AddIf(c.MaxListeners < 0, "max_listeners", c.MaxListeners, allowed)
	faults.AddIf(c.StallTimeout < 0, "stall_timeout", c.StallTimeout, allowed)
	faults.AddIf(c.PingInterval < 0, "ping_interval", c.PingInterval, allowed)
	faults.AddIf(c.EnterTimeout < 0, "enter_timeout", c.EnterTimeout, allowed)
	for i, q := range c.Queues {
		if q.Name == "" {
			faults.Add(fmt.Sprintf("queues[%d].name", i), q.Name, "a name")
		}
		if q.Stats == nil {
			faults.Add(fmt.Sprintf("queues[%d].stats", i), nil, "a function")
		}
	}
	for _, origin := range c.Origins {
		if _, err := path.Match(origin, ""); err != nil {
			faults.Add("origins", origin, "a host, or a pattern such as *.example.org")
		}
	}
	return faults.Err()
}

// prepare checks the configuration and fills in what was left empty.
func (c *Config) prepare() error {
	if err := c.check(); err != nil {
		return err
	}
	setDefault(&c.MaxConnections, 10_000)
	setDefault(&c.MaxListeners, 10_000)
	setDefault(&c.StallTimeout, 2*time.Minute)
	setDefault(&c.ReadLimit, 4096)
	setDefault(&c.Rate, 100)
	setDefault(&c.Burst, 200)
	setDefault(&c.MaxUnanswered, 16)
	setDefault(&c.WriteTimeout, 5*time.Second)
	setDefault(&c.PingInterval, 20*time.Second)
	setDefault(&c.EnterTimeout, 5*time.Second)
	if c.Meter == nil {
		c.Meter = noMeter{}
	}
	if c.Pass == nil {
		c.Pass = func(next http.Handler) http.Handler { return next }
	}
	switch {
	case c.Publisher != nil:
	case c.Stream != nil:
		c.Publisher = c.Stream
	default:
		c.Publisher = noPublisher{}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
