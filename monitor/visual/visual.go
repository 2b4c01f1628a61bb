package visual

import (
	"time"

	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/room"
)

// Visual follows all rooms. Its methods are safe for concurrent use; what they
// return is the caller's own.
type Visual struct {
	config  Config
	commits *intake.Commits // it guards all below

	rooms    map[string]*table
	closed   []*table // in the order in which they closed
	nodes    map[string]*node
	timeline timeline
	players  players
}

var _ room.Observer = (*Visual)(nil)

// New returns a Visual that has seen nothing yet. It fails with every fault of
// the configuration, joined.
func New(c Config) (*Visual, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	v := &Visual{config: c, rooms: make(map[string]*table), nodes: make(map[string]*node)}
	if v.commits = c.Commits; v.commits == nil {
		v.commits = intake.NewCommits()
	}
	v.commits.Take(v.take)
	v.players.begin(&v.config)
	return v, nil
}

// Entries counts what is remembered, for those who watch the memory.
type Entries struct {
	Rooms, Players, States, Transitions int
}

// Entries returns how much is remembered now.
func (v *Visual) Entries() Entries {
	v.commits.Lock()
	defer v.commits.Unlock()
	now := v.config.Now()
	v.sweep(now)
	v.players.sweep(now)
	e := Entries{Rooms: len(v.rooms), Players: len(v.players.byKey), States: len(v.nodes)}
	for _, n := range v.nodes {
		e.Transitions += len(n.edges)
	}
	return e
}

// header begins every view.
type header struct {
	Type        string    `json:"type"`
	GeneratedAt time.Time `json:"generated_at"`
}

func (v *Visual) header(kind string) (header, time.Time) {
	now := v.config.Now()
	return header{kind, now.UTC()}, now
}
