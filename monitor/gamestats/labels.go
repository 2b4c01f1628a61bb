package gamestats

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// maxChildren bounds the children of one family. Rules have a handful; the
// bound is for rules that make up names as they go.
const maxChildren = 256

// other is the label of what is not known.
const other = "other"

// cache finds the children of metrics by comparable keys, without building the
// client library's keys on every event. Readers take no lock: what is known is
// replaced when something new comes, which is seldom. The zero value is empty.
type cache[K comparable, V any] struct {
	last  atomic.Pointer[child[K, V]] // that was asked for, often asked for again
	known atomic.Pointer[map[K]*child[K, V]]
	mu    sync.Mutex // one writer at a time
}

type child[K comparable, V any] struct {
	key   K
	value V
}

// get returns the child of k, made by build the first time. When there are too
// many it returns that of rest.
func (c *cache[K, V]) get(k, rest K, build func(K) V) *V {
	last := c.last.Load()
	if last != nil && last.key == k {
		return &last.value
	}
	found := c.find(k)
	if found == nil {
		found = c.add(k, rest, build)
	}
	c.last.Store(found)
	return &found.value
}

func (c *cache[K, V]) find(k K) *child[K, V] {
	if known := c.known.Load(); known != nil {
		return (*known)[k]
	}
	return nil
}

func (c *cache[K, V]) add(k, rest K, build func(K) V) *child[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	more := make(map[K]*child[K, V])
	if known := c.known.Load(); known != nil {
		maps.Copy(more, *known)
	}
	if len(more) >= maxChildren {
		k = rest
	}
	if found := more[k]; found != nil {
		return found
	}
	more[k] = &child[K, V]{k, build(k)}
	c.known.Store(&more)
	return more[k]
}

type gameMetrics struct {
	active             prometheus.Gauge
	started, completed prometheus.Counter
	abandoned          prometheus.Counter
	perHour            prometheus.Gauge
	completedLength    *histogram
	abandonedLength    *histogram
	lastHour           hour
}

// game returns the metrics of rules by name. Rules are chosen by the program,
// so their number is bounded.
func (s *Stats) game(name string) *gameMetrics {
	s.mu.RLock()
	g := s.games[name]
	s.mu.RUnlock()
	if g != nil {
		return g
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g = s.games[name]; g == nil {
		m := &s.metrics
		g = &gameMetrics{
			active: m.gamesActive.WithLabelValues(name), started: m.gamesStarted.WithLabelValues(name),
			completed: m.gamesCompleted.WithLabelValues(name), abandoned: m.gamesAbandoned.WithLabelValues(name),
			perHour:         m.gamesPerHour.WithLabelValues(name),
			completedLength: m.gameDuration.with(name, string(event.Completed)),
			abandonedLength: m.gameDuration.with(name, string(event.Abandoned)),
		}
		s.games[name] = g
	}
	return g
}

// playerMetrics keeps its counts beside the client library's, which cannot be
// read back.
type playerMetrics struct {
	games, wins         prometheus.Counter
	rate                prometheus.Gauge
	gameCount, winCount atomic.Uint64
}

func (p *playerMetrics) played() { p.games.Inc(); p.gameCount.Add(1) }

func (p *playerMetrics) won() { p.wins.Inc(); p.winCount.Add(1) }

func (p *playerMetrics) refresh() {
	if games := p.gameCount.Load(); games > 0 {
		p.rate.Set(float64(p.winCount.Load()) / float64(games))
	}
}

type actionKey struct {
	action string
	by     room.PlayerType
}

type actionMetrics struct {
	accepted, rejected prometheus.Counter
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
			accepted: m.actions.WithLabelValues(k.action, string(k.by), "accepted"),
			rejected: m.actions.WithLabelValues(k.action, string(k.by), "rejected"),
			response: m.response.with(k.action, string(k.by)),
			duration: m.action.with(k.action),
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
		s.actions.find(actionKey{action, room.Human}) == nil && s.actions.find(actionKey{action, room.Bot}) == nil {
		action = other
	}
	return s.acceptedAction(action, by)
}

// phaseMetrics are a state's and those of the ways out of it that were taken.
type phaseMetrics struct {
	name     string
	rooms    prometheus.Gauge
	duration *histogram
	edges    atomic.Pointer[[]*transitionMetrics] // grows by copying, under Stats.mu
}

type transitionMetrics struct {
	to       *phaseMetrics
	count    prometheus.Counter
	duration *histogram
}

func (s *Stats) phase(name string) *phaseMetrics {
	return s.phases.get(name, other, func(name string) phaseMetrics {
		for _, fault := range []string{"late", room.CodeInternal} { // those that rooms have
			s.metrics.stateErrors.WithLabelValues(name, fault) // from zero, so that the first is an increase
		}
		return phaseMetrics{
			name: name, rooms: s.metrics.stateRooms.WithLabelValues(name), duration: s.metrics.phaseDuration.with(name),
		}
	})
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
	s.mu.Lock()
	defer s.mu.Unlock()
	var edges []*transitionMetrics
	if known := from.edges.Load(); known != nil {
		edges = slices.Clone(*known)
	}
	if len(edges) >= maxEdges {
		return edges[maxEdges-1] // rules that make up names as they go
	}
	if e := from.edge(target.name); e != nil {
		return e
	}
	e := &transitionMetrics{
		target, s.metrics.transitions.WithLabelValues(from.name, target.name),
		s.metrics.transitionDuration.with(from.name, target.name),
	}
	edges = append(edges, e)
	from.edges.Store(&edges)
	return e
}

func (p *phaseMetrics) edge(to string) *transitionMetrics {
	if edges := p.edges.Load(); edges != nil {
		for _, e := range *edges {
			if e.to.name == to {
				return e
			}
		}
	}
	return nil
}

type errorKey struct{ state, name string }

// fault counts an error in a state.
func (s *Stats) fault(data *event.Fault) {
	(*s.errors.get(errorKey{data.State, data.Error}, errorKey{other, other}, func(k errorKey) prometheus.Counter {
		return s.metrics.stateErrors.WithLabelValues(k.state, k.name)
	})).Inc()
}

type taskKey struct {
	task    string
	outcome task.Outcome
}

type taskMetrics struct {
	count    prometheus.Counter
	duration *histogram
}
