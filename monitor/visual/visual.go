package visual

import (
	"time"

	"github.com/pitboss-dev/pitboss/room"
)

// Visual follows all rooms. Its methods are safe for concurrent use; what they
// return is the caller's own.
type Visual struct {
	config  Config
	shards  [shards]shard
	players players
}

var _ room.Observer = (*Visual)(nil)

// New returns a Visual that has seen nothing. It fails with every fault of the
// configuration, joined.
func New(c Config) (*Visual, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	v := &Visual{config: c}
	v.players.begin(&v.config)
	for i := range v.shards {
		v.shards[i].begin()
	}
	return v, nil
}

// Entries counts what is remembered, for those who watch the memory.
type Entries struct {
	Rooms, Players, States, Transitions int
}

// Entries returns how much is remembered now.
func (v *Visual) Entries() Entries {
	now := v.config.Now()
	e := Entries{Players: v.players.len(now)}
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		v.sweep(s, now)
		e.Rooms += len(s.rooms)
		e.States += len(s.nodes)
		for _, n := range s.nodes {
			e.Transitions += len(n.edges)
		}
		s.mu.Unlock()
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
