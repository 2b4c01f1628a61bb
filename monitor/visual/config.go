package visual

import (
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/room"
)

// Config says how much is kept and what events do not tell. Its zero value
// works.
type Config struct {
	// Retention is how long closed rooms are shown. Zero: 10 min.
	Retention time.Duration
	// MaxClosed is how many closed rooms are kept at most; the oldest go first.
	// Zero: 1,000.
	MaxClosed int
	// ForgetSilent is after how long without an event a room that never closed
	// is forgotten: somebody else may run it now. Zero: 24 h.
	ForgetSilent time.Duration
	// PlayerRetention is how long a player is remembered after the last sign of
	// life. Zero: 24 h.
	PlayerRetention time.Duration
	// MaxPlayers is how many players are remembered; the ones not seen for
	// longest go first. Zero: 10,000.
	MaxPlayers int
	// Patience is taken as the deadline of people who have none. Zero: 10 min.
	Patience time.Duration

	// Backlog shows the queue of commands, to find rooms whose commands are not
	// handled. Nil: these are not found.
	Backlog Backlog
	// Owners knows which rooms have lost whoever ran them. Nil: none have.
	Owners Owners
	// BotTasks are the types of the tasks by which bots move, which are the topics
	// of their dead letters. What else is given up on, in a room that waits for a
	// bot, does not keep the bot from moving. Empty: every dead letter of the room
	// is taken for the bot's.
	BotTasks []string

	// Commits is where commits come from, shared with other observers: one of
	// them observes for all. Nil: not shared.
	Commits *intake.Commits
	// Now tells the time. Nil: [time.Now].
	Now func() time.Time
}

// Backlog is what of a queue is looked at. Queues that are a
// [pitboss.Inspector] of commands are one.
type Backlog interface {
	Stats() pitboss.Stats
	Peek(n int) []pitboss.Message[room.Command]
}

// Owners tells who runs a room. A durable backend whose rooms live in several
// processes implements it. It is called for every open room when rooms are
// looked at, so it must answer from memory.
type Owners interface {
	// Owner returns the name of the process that runs the room, and whether it
	// is alive. A room that nobody ever claimed is alive.
	Owner(room string) (name string, alive bool)
}

func (c *Config) prepare() error {
	var faults pitboss.FieldErrors
	const allowed = "zero (the default) or more"
	faults.AddIf(c.Retention < 0, "retention", c.Retention, allowed)
	faults.AddIf(c.MaxClosed < 0, "max_closed", c.MaxClosed, allowed)
	faults.AddIf(c.ForgetSilent < 0, "forget_silent", c.ForgetSilent, allowed)
	faults.AddIf(c.PlayerRetention < 0, "player_retention", c.PlayerRetention, allowed)
	faults.AddIf(c.MaxPlayers < 0, "max_players", c.MaxPlayers, allowed)
	faults.AddIf(c.Patience < 0, "patience", c.Patience, allowed)
	if err := faults.Err(); err != nil {
		return fmt.Errorf("visual: %w", err)
	}
	setDefault(&c.Retention, 10*time.Minute)
	setDefault(&c.MaxClosed, 1000)
	setDefault(&c.ForgetSilent, 24*time.Hour)
	setDefault(&c.PlayerRetention, 24*time.Hour)
	setDefault(&c.MaxPlayers, 10_000)
	setDefault(&c.Patience, 10*time.Minute)
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
