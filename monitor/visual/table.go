package visual

import (
	"time"

	"github.com/pitboss-dev/pitboss/room"
)

func (v *Visual) forget(t *table) {
	if v.rooms[t.id] == t { // no other one has its name
		delete(v.rooms, t.id)
	}
}

// sweep forgets the rooms that may be.
func (v *Visual) sweep(now time.Time) {
	v.sweepClosed(now)
	for _, t := range v.rooms {
		if t.closed.IsZero() && now.Sub(t.last) >= v.config.ForgetSilent {
			v.drop(t)
		}
	}
}

// drop forgets a room that is open.
func (v *Visual) drop(t *table) {
	t.state.rooms--
	v.players.leaveAll(&t.seats)
	v.forget(t)
}

func (v *Visual) sweepClosed(now time.Time) {
	old := 0
	for old < len(v.closed) && (len(v.closed)-old > v.config.MaxClosed || now.Sub(v.closed[old].closed) >= v.config.Retention) {
		v.forget(v.closed[old])
		v.closed[old] = nil
		old++
	}
	v.closed = v.closed[old:]
}

// Forget drops a room that somebody else runs from now on.
func (v *Visual) Forget(id string) {
	v.commits.Lock()
	defer v.commits.Unlock()
	if t := v.rooms[id]; t != nil && t.closed.IsZero() {
		v.drop(t)
	}
}

// each calls f with every room, closed ones included.
func (v *Visual) each(now time.Time, f func(t *table)) {
	v.sweep(now)
	for _, t := range v.rooms {
		f(t)
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
