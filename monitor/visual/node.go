package visual

import (
	"cmp"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
)

// Rules have a handful of states. The bounds are for rules that make up names
// as they go.
const (
	maxNodes  = 128
	maxEdges  = 32
	maxFaults = 32
	other     = "other"
)

// node is what is known of a state.
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
	// slowest are the changes that took longest, of each room its slowest, the
	// longest first.
	slowest []SlowChange
}

// maxSlowest is how many of an edge's slowest changes are kept.
const maxSlowest = 10

// slow reports whether a change is among the slowest so far. Few are.
func (e *edge) slow(took time.Duration) bool {
	return len(e.slowest) < maxSlowest || milliseconds(took) > e.slowest[maxSlowest-1].TookMS
}

// keep puts a slow change in its place.
func (e *edge) keep(s SlowChange) {
	if i := slices.IndexFunc(e.slowest, func(o SlowChange) bool { return o.Room == s.Room }); i >= 0 {
		if e.slowest[i].TookMS >= s.TookMS {
			return
		}
		e.slowest = slices.Delete(e.slowest, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(e.slowest, s.TookMS, func(o SlowChange, took float64) int { return cmp.Compare(took, o.TookMS) })
	e.slowest = slices.Insert(e.slowest, at, s)
	e.slowest = e.slowest[:min(len(e.slowest), maxSlowest)]
}

// fault counts one kind of error.
type fault struct {
	name  string
	count uint64
	last  time.Time
}

// departures are the ways in which people leave a game in its course.
type departures struct{ left, disconnected, away uint64 }

func (v *Visual) node(name string) *node {
	if n := v.nodes[name]; n != nil {
		return n
	}
	if len(v.nodes) >= maxNodes {
		name = other
		if n := v.nodes[name]; n != nil {
			return n
		}
	}
	n := &node{name: name}
	v.nodes[name] = n
	return n
}

// edgeTo finds the edge to a state. States have few ways out.
func (v *Visual) edgeTo(from *node, name string) *edge {
	for _, e := range from.edges {
		if e.name == name {
			return e
		}
	}
	to := v.node(name)
	if len(from.edges) >= maxEdges {
		to = v.node(other)
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
