package visual

import (
	"cmp"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
)

// Diagram is the states that games go through.
type Diagram struct {
	header
	Nodes []State      `json:"nodes"`
	Edges []Transition `json:"edges"`
}

// State is one state. Durations are of the stays that have ended; a stay with
// an error in it counts once in the rate.
type State struct {
	Name           string  `json:"name"`
	ActiveRooms    int     `json:"active_rooms"`
	MeanSeconds    float64 `json:"avg_duration_seconds"`
	P50Seconds     float64 `json:"p50_duration_seconds"`
	P95Seconds     float64 `json:"p95_duration_seconds"`
	P99Seconds     float64 `json:"p99_duration_seconds"`
	Errors         uint64  `json:"errors"`
	ErrorRate      float64 `json:"error_rate"`
	TransitionsIn  uint64  `json:"transitions_in"`
	TransitionsOut uint64  `json:"transitions_out"`

	stays sketch.Durations
	erred uint64
}

// Transition is the changes from one state to another. Durations are from the
// receipt of what caused the change until it was done; the error rate is the
// share of changes that an error came before in the state they left.
type Transition struct {
	From      string    `json:"from"`
	To        string    `json:"to"`
	Count     uint64    `json:"count"`
	MeanMS    float64   `json:"avg_duration_ms"`
	P50MS     float64   `json:"p50_duration_ms"`
	P95MS     float64   `json:"p95_duration_ms"`
	P99MS     float64   `json:"p99_duration_ms"`
	ErrorRate float64   `json:"error_rate"`
	Last      time.Time `json:"last_transition"`

	took  sketch.Durations
	erred uint64
}

// Diagram returns the states and transitions, sorted by name.
func (v *Visual) Diagram() Diagram {
	d := Diagram{Nodes: []State{}, Edges: []Transition{}}
	d.header, _ = v.header("state_diagram")
	v.commits.Lock()
	defer v.commits.Unlock()
	for _, n := range v.nodes {
		state := State{Name: n.name}
		state.add(n)
		state.finish()
		d.Nodes = append(d.Nodes, state)
		for _, e := range n.edges {
			edge := Transition{From: n.name, To: e.to.name}
			edge.add(e)
			edge.finish()
			d.Edges = append(d.Edges, edge)
		}
	}
	slices.SortFunc(d.Nodes, func(a, b State) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Edges, func(a, b Transition) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return d
}

func (s *State) add(n *node) {
	s.ActiveRooms += n.rooms
	s.TransitionsIn += n.in
	s.TransitionsOut += n.out
	for _, f := range n.errors {
		s.Errors += f.count
	}
	s.stays.Merge(&n.stays)
	s.erred += n.erred
}

func (s *State) finish() {
	s.MeanSeconds = s.stays.Mean().Seconds()
	s.P50Seconds, s.P95Seconds = s.stays.Quantile(0.5).Seconds(), s.stays.Quantile(0.95).Seconds()
	s.P99Seconds = s.stays.Quantile(0.99).Seconds()
	s.ErrorRate = share(s.erred, s.TransitionsOut)
}

func (t *Transition) add(e *edge) {
	t.took.Merge(&e.took)
	t.erred += e.erred
	if e.last.After(t.Last) {
		t.Last = e.last.UTC()
	}
}

func (t *Transition) finish() {
	t.Count = t.took.Count()
	t.MeanMS, t.P50MS = milliseconds(t.took.Mean()), milliseconds(t.took.Quantile(0.5))
	t.P95MS, t.P99MS = milliseconds(t.took.Quantile(0.95)), milliseconds(t.took.Quantile(0.99))
	t.ErrorRate = share(t.erred, t.Count)
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
