package loadtest

import (
	"context"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Config says how much to load, and for how long.
type Config struct {
	// URL is the server's, such as http://127.0.0.1:8080.
	URL string
	// Token is the server's admin token, which opens rooms. Empty: the server
	// must be on this machine.
	Token string
	// Rooms is how many games run at a time.
	Rooms int
	// Players is how many seats of a room are played from here, 1 to 4. Bots
	// of the server take the others.
	Players int
	// Think is how long a player waits before each move.
	Think time.Duration
	// Duration is how long games are played. Those that run then are left.
	Duration time.Duration
	// Progress is called every second with what was measured so far. Nil:
	// nobody is told.
	Progress func(Report)
}

// seats is how many a table has.
const seats = 4

// MaxRooms is a bound on the connections of one process.
const MaxRooms = 10_000

// Validate reports every fault, joined.
func (c *Config) Validate() error {
	var faults pitboss.FieldErrors
	if c.Rooms < 1 || c.Rooms > MaxRooms {
		faults.Add("rooms", c.Rooms, "1 to 10,000")
	}
	if c.Players < 1 || c.Players > seats {
		faults.Add("players", c.Players, "1 to 4")
	}
	if c.Think < 0 {
		faults.Add("think", c.Think, "zero or more")
	}
	if c.Duration <= 0 {
		faults.Add("duration", c.Duration, "more than zero")
	}
	return faults.Err()
}

// Run plays until the duration is over or ctx ends, whichever is first, and
// tells what it measured. A server that refuses or drops players does not end
// the run; it is in the report. One that cannot be reached at all does.
func Run(ctx context.Context, c Config) (Report, error) {
	if err := c.Validate(); err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Duration)
	defer cancel()
	r := &run{config: c, began: time.Now(), server: &server{url: c.URL, token: c.Token}}
	return r.play(ctx)
}
