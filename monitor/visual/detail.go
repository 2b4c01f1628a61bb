package visual

import (
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
)

// DurationCount is one bar of a histogram: how many lasted longer than the bar
// before it, and at most this long. Bars with none are left out.
type DurationCount struct {
	UpTo  float64 `json:"le_seconds"`
	Count uint64  `json:"count"`
}

// StateDetail is one state and how long rooms stay in it.
type StateDetail struct {
	header
	State
	Durations []DurationCount `json:"durations"`
	// Longest are rooms in the state now, the one that has been so longest first.
	Longest []RoomStatus `json:"longest"`
}

// TransitionDetail is one change of state and how long it takes.
type TransitionDetail struct {
	header
	Transition
	Durations []DurationCount `json:"durations"`
	// Slowest are the slowest changes since the start, of each room its slowest
	// one; the longest first, ten at the most.
	Slowest []SlowChange `json:"slowest"`
}

// SlowChange is a change of state that took long, and what to look at: the room,
// after the event that changed its state.
type SlowChange struct {
	Room   string    `json:"room_id"`
	Seq    uint64    `json:"room_seq"`
	TookMS float64   `json:"duration_ms"`
	Time   time.Time `json:"time"`
}

// maxLongest is how many rooms a state's detail lists.
const maxLongest = 20

// State looks closely at one state; false if no room has been in it.
func (v *Visual) State(name string) (StateDetail, bool) {
	d := StateDetail{State: State{Name: name}, Longest: []RoomStatus{}}
	var now time.Time
	d.header, now = v.header("state")
	e := v.evidence(now)
	v.commits.Lock()
	defer v.commits.Unlock()
	n := v.nodes[name]
	if n == nil {
		return StateDetail{}, false
	}
	d.add(n)
	d.finish()
	d.Durations = bars(&d.stays)
	v.each(now, func(t *table) {
		if t.state.name != name || !t.closed.IsZero() {
			return
		}
		at, _ := slices.BinarySearchFunc(d.Longest, t.entered, func(r RoomStatus, entered time.Time) int {
			return r.Since.Compare(entered)
		})
		if at == maxLongest {
			return
		}
		health, why := e.health(t)
		d.Longest = slices.Insert(d.Longest, at, t.status(now, health, why))
		d.Longest = d.Longest[:min(len(d.Longest), maxLongest)]
	})
	return d, true
}

// Transition looks closely at the changes from one state to another; false if
// there was none.
func (v *Visual) Transition(from, to string) (TransitionDetail, bool) {
	d := TransitionDetail{Transition: Transition{From: from, To: to}, Slowest: []SlowChange{}}
	d.header, _ = v.header("transition")
	v.commits.Lock()
	defer v.commits.Unlock()
	if n := v.nodes[from]; n != nil {
		for _, e := range n.edges {
			if e.to.name == to {
				d.add(e)
				d.Slowest = append(d.Slowest, e.slowest...)
			}
		}
	}
	if d.took.Count() == 0 {
		return TransitionDetail{}, false
	}
	d.finish()
	d.Durations = bars(&d.took)
	return d, true
}

// Room judges one room; false if it is not known.
func (v *Visual) Room(id string) (RoomStatus, bool) {
	now := v.config.Now()
	e := v.evidence(now)
	v.commits.Lock()
	defer v.commits.Unlock()
	t := v.rooms[id]
	if t == nil {
		return RoomStatus{}, false
	}
	if !t.closed.IsZero() {
		return t.status(now, Healthy, nil), true
	}
	health, why := e.health(t)
	return t.status(now, health, why), true
}

func bars(d *sketch.Durations) []DurationCount {
	list := []DurationCount{}
	for bound, n := range d.All() {
		list = append(list, DurationCount{bound.Seconds(), n})
	}
	return list
}
