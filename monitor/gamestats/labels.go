package gamestats

import (
	"slices"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// maxChildren bounds the children of one family. Rules have a handful; the
// bound is for rules that make up names as they go.
const maxChildren = 256

// other is the label of what is not known.
const other = "other"

// cache finds the children of metrics by comparable keys, without building the
// client library's keys on every event. Its zero value is empty. It is for one
// goroutine at a time.
type cache[K comparable, V any] struct {
	last  *child[K, V] // that was asked for, often asked for again
	known map[K]*child[K, V]
}

type child[K comparable, V any] struct {
	key   K
	value V
}

// get returns the child of k, made by build the first time. When there are too
// many it returns that of rest.
func (c *cache[K, V]) get(k, rest K, build func(K) V) *V {
	if c.last != nil && c.last.key == k {
		return &c.last.value
	}
	found := c.known[k]
	if found == nil {
		found = c.add(k, rest, build)
	}
	c.last = found
	return &found.value
}

func (c *cache[K, V]) add(k, rest K, build func(K) V) *child[K, V] {
	if len(c.known) >= maxChildren {
		k = rest
	}
	if found := c.known[k]; found != nil {
		return found
	}
	if c.known == nil {
		c.known = make(map[K]*child[K, V])
	}
	c.known[k] = &child[K, V]{k, build(k)}
	return c.known[k]
}

type gameMetrics struct {
	active, started, completed, abandoned *number
	perHour                               *number
	completedLength, abandonedLength      *histogram
	lastHour                              hour
}

// game returns the metrics of rules by name. Rules are chosen by the program,
// so their number is bounded.
func (s *Stats) game(name string) *gameMetrics {
	g := s.games[name]
	if g == nil {
		m := &s.metrics
		g = &gameMetrics{
			active: m.gamesActive.with(name), started: m.gamesStarted.with(name),
			completed: m.gamesCompleted.with(name), abandoned: m.gamesAbandoned.with(name),
			perHour:         m.gamesPerHour.with(name),
			completedLength: m.gameDuration.with(s.commits, name, string(event.Completed)),
			abandonedLength: m.gameDuration.with(s.commits, name, string(event.Abandoned)),
		}
		s.games[name] = g
	}
	return g
}

type playerMetrics struct{ games, wins, rate *number }

func (p *playerMetrics) refresh() {
	if p.games.value > 0 {
		p.rate.value = p.wins.value / p.games.value
	}
}

type actionKey struct {
	action string
	by     room.PlayerType
}

// notedAction is an action by its number in notes.
type notedAction struct {
	known   bool
	metrics *actionMetrics // nil: none of a player's
}

type actionMetrics struct {
	accepted, rejected *number
	response, duration *histogram
}

// roomActions are those that the room itself understands, so that they are known
// even if they were never accepted.
var roomActions = []string{room.Join, room.Leave, room.Ready, "connect"}

// acceptedAction is the metrics of an action that rules know.
func (s *Stats) acceptedAction(action string, by room.PlayerType) *actionMetrics {
	return s.actions.get(actionKey{action, by}, actionKey{other, by}, func(k actionKey) actionMetrics {
		m := &s.metrics
		return actionMetrics{
			accepted: m.actions.with(k.action, string(k.by), "accepted"),
			rejected: m.actions.with(k.action, string(k.by), "rejected"),
			response: m.response.with(s.commits, k.action, string(k.by)),
			duration: m.action.with(s.commits, k.action),
		}
	})
}

// rejectedAction is the metrics of an action that was refused, whose name
// anybody may have made up.
func (s *Stats) rejectedAction(action string, by room.PlayerType) *actionMetrics {
	if by != room.Bot {
		by = room.Human
	}
	if !slices.Contains(roomActions, action) &&
		s.actions.known[actionKey{action, room.Human}] == nil && s.actions.known[actionKey{action, room.Bot}] == nil {
		action = other
	}
	return s.acceptedAction(action, by)
}

// phaseMetrics are a state's and those of the ways out of it that were taken.
type phaseMetrics struct {
	name     string
	rooms    *number
	duration *histogram
	edges    []*transitionMetrics
}

type transitionMetrics struct {
	name     string // to's
	to       *phaseMetrics
	count    *number
	duration *histogram
}

func (s *Stats) phase(name string) *phaseMetrics {
	return s.phases.get(name, other, func(name string) phaseMetrics {
		for _, fault := range []string{"late", room.CodeInternal} { // those that rooms have
			s.metrics.stateErrors.with(name, fault) // from zero, so that the first is an increase
		}
		return phaseMetrics{
			name: name, rooms: s.metrics.stateRooms.with(name), duration: s.metrics.phaseDuration.with(s.commits, name),
		}
	})
}

// way is one from a state to another.
type way struct {
	from *phaseMetrics
	edge *transitionMetrics
}

// maxEdges bounds the ways out of one state.
const maxEdges = 32

// transition finds the way from a state to another. States have few, so that
// looking through them is quicker than a map.
func (s *Stats) transition(from *phaseMetrics, to string) *transitionMetrics {
	if e := from.edge(to); e != nil {
		return e
	}
	target := s.phase(to)
	if e := from.edge(target.name); e != nil {
		return e
	}
	if len(from.edges) >= maxEdges {
		return from.edges[maxEdges-1] // rules that make up names as they go
	}
	e := &transitionMetrics{
		target.name, target, s.metrics.transitions.with(from.name, target.name),
		s.metrics.transitionDuration.with(s.commits, from.name, target.name),
	}
	from.edges = append(from.edges, e)
	return e
}

func (p *phaseMetrics) edge(to string) *transitionMetrics {
	for _, e := range p.edges {
		if e.name == to {
			return e
		}
	}
	return nil
}

type errorKey struct{ state, name string }

// fault counts an error in a state.
func (s *Stats) fault(data *event.Fault) {
	(*s.errors.get(errorKey{data.State, data.Error}, errorKey{other, other}, func(k errorKey) *number {
		return s.metrics.stateErrors.with(k.state, k.name)
	})).inc()
}
