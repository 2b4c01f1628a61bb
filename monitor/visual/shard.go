package visual

import (
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
	"github.com/pitboss-dev/pitboss/room"
)

// shards is how many parts the rooms are divided into. Everything that a commit
// touches is in its room's shard, under one lock and without atomics; looking
// adds the shards up.
const shards = 8

type shard struct {
	mu       sync.Mutex
	rooms    map[string]*table
	closed   []*table // in the order in which they closed
	nodes    map[string]*node
	timeline timeline
	atHand   [slots]*table // some of rooms

	_ [64]byte // shards share no cache line
}

func (s *shard) begin() {
	s.rooms = make(map[string]*table)
	s.nodes = make(map[string]*node)
}

// slots is how many rooms a shard has at hand without a look into the map.
const slots = 128

// hash needs not be good: IDs end in digits that count, or in random letters.
func hash(id string) (n int) {
	for i := max(len(id)-3, 0); i < len(id); i++ {
		n = n*10 + int(id[i]&15)
	}
	return n
}

func (v *Visual) shardOf(id string) *shard { return &v.shards[hash(id)%shards] }

// room finds a room, or returns nil.
func (s *shard) room(id string) *table {
	slot := &s.atHand[hash(id)/shards%slots]
	if t := *slot; t != nil && t.id == id {
		return t
	}
	t := s.rooms[id]
	if t != nil {
		*slot = t
	}
	return t
}

func (s *shard) forget(t *table) {
	if s.rooms[t.id] != t { // another one has its name
		return
	}
	delete(s.rooms, t.id)
	if slot := &s.atHand[hash(t.id)/shards%slots]; *slot == t {
		*slot = nil
	}
}

// Rules have a handful of states. The bounds are for rules that make up names
// as they go.
const (
	maxNodes  = 128
	maxEdges  = 32
	maxFaults = 32
	other     = "other"
)

// node is what a shard knows of a state.
type node struct {
	name    string
	rooms   int // that are open and in it
	in, out uint64
	// erred is how many stays had an error in them.
	erred      uint64
	stays      sketch.Durations // how long rooms stayed, of those that moved on
	edges      []*edge
	errors     []fault // by what failed
	rejections []fault // by the refusal's code
	left       departures
}

type edge struct {
	name  string // to's
	to    *node
	took  sketch.Durations // from the receipt of what caused it until it was done
	erred uint64
	last  time.Time
}

// fault counts one kind of error.
type fault struct {
	name  string
	count uint64
	last  time.Time
}

// departures are the ways in which people leave a game in its course.
type departures struct{ left, disconnected, away uint64 }

func (s *shard) node(name string) *node {
	if n := s.nodes[name]; n != nil {
		return n
	}
	if len(s.nodes) >= maxNodes {
		name = other
		if n := s.nodes[name]; n != nil {
			return n
		}
	}
	n := &node{name: name}
	s.nodes[name] = n
	return n
}

// edgeTo finds the edge to a state. States have few ways out.
func (s *shard) edgeTo(from *node, name string) *edge {
	for _, e := range from.edges {
		if e.name == name {
			return e
		}
	}
	to := s.node(name)
	if len(from.edges) >= maxEdges {
		to = s.node(other)
	}
	for _, e := range from.edges {
		if e.to == to {
			return e
		}
	}
	e := &edge{name: to.name, to: to}
	from.edges = append(from.edges, e)
	return e
}

func count(faults []fault, name string, at time.Time) []fault {
	for i := range faults {
		f := &faults[i]
		if f.name == name || i == maxFaults-1 {
			f.count++
			f.last = at
			return faults
		}
	}
	if len(faults) == maxFaults-1 {
		name = other
	}
	return append(faults, fault{name, 1, at})
}

// sweep forgets the rooms that may be.
func (v *Visual) sweep(s *shard, now time.Time) {
	s.sweepClosed(now, &v.config)
	for _, t := range s.rooms {
		if t.closed.IsZero() && now.Sub(t.last) >= v.config.ForgetSilent {
			v.drop(s, t)
		}
	}
}

// drop forgets a room that is open.
func (v *Visual) drop(s *shard, t *table) {
	t.state.rooms--
	v.players.leaveAll(&t.seats)
	s.forget(t)
}

func (s *shard) sweepClosed(now time.Time, c *Config) {
	old, most := 0, (c.MaxClosed+shards-1)/shards
	for old < len(s.closed) && (len(s.closed)-old > most || now.Sub(s.closed[old].closed) >= c.Retention) {
		s.forget(s.closed[old])
		s.closed[old] = nil
		old++
	}
	s.closed = s.closed[old:]
}

// Forget drops a room that somebody else runs from now on.
func (v *Visual) Forget(id string) {
	s := v.shardOf(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.room(id); t != nil && t.closed.IsZero() {
		v.drop(s, t)
	}
}

// each calls f with every room, closed ones included, under its shard's lock.
func (v *Visual) each(now time.Time, f func(s *shard, t *table)) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		v.sweep(s, now)
		for _, t := range s.rooms {
			f(s, t)
		}
		s.mu.Unlock()
	}
}

// table is what is known of one room.
type table struct {
	id, game, match string
	state           *node
	entered         time.Time // when the room came into its state
	erred           bool      // since then
	playing         bool

	created, last time.Time // last: of the last event
	journaled     time.Time // of the last one that is in the journal
	timer         time.Time // when the room's timer last came
	closed        time.Time

	waiting []room.OpenOffer
	asked   time.Time // when an offer was made again
	dead    *deadTask

	seats   [room.MaxSeats]*player
	here    [room.MaxSeats]bool // whose player is known to be connected
	actions uint64
	errors  uint64
	recent  [criticalErrors + 1]int64 // when the last errors were, in ns
	phases  []stay
}

// stay is how long a room was in a state, all its visits together.
type stay struct {
	state *node
	total time.Duration
}

func (t *table) stayed(n *node, d time.Duration) {
	for i := range t.phases {
		if t.phases[i].state == n {
			t.phases[i].total += d
			return
		}
	}
	t.phases = append(t.phases, stay{n, d})
}

func (t *table) fail(at time.Time) {
	t.recent[t.errors%uint64(len(t.recent))] = at.UnixNano()
	t.errors++
	t.erred = true
}

// seated counts who sits there.
func (t *table) seated() (people, bots int) {
	for _, p := range &t.seats {
		switch {
		case p == nil:
		case p.key.by == room.Bot:
			bots++
		default:
			people++
		}
	}
	return people, bots
}
