package queue

import (
	"math/bits"

	"github.com/pitboss-dev/pitboss"
)

// filing says by which structure of its lane an entry is to be delivered.
type filing uint8

const (
	unfiled       filing = iota // held back by its key, or not ready
	filedTurn                   // in the lane's list
	filedReturned               // in the heap of those handed back
	filedDeadline               // in the heap of deadlines
)

// lane holds what is to be delivered at one level: deadlines first where asked
// for, then what was handed back, by age, then the rest in order of arrival.
type lane struct {
	turns     list
	sorted    int  // how many are in the heaps
	returned  heap // by sequence
	deadlines heap
}

func (l *lane) empty() bool { return l.turns.head == none && l.sorted == 0 }

// head returns the lane's next entry; the lane must not be empty.
func (l *lane) head() uint32 {
	switch {
	case l.sorted == 0:
		return l.turns.head
	case l.deadlines.count > 0:
		return l.deadlines.top()
	}
	return l.returned.top()
}

// order knows every ready entry and decides which is delivered next. A queue
// that ignores priorities uses lane 0 only.
//
// In keyed order only the first message of a key whose turn it may be is filed
// in a lane; the others wait in their key's list.
type order struct {
	slab     *slab
	lanes    [pitboss.Priorities]lane
	occupied uint8 // a bit for each lane that is not empty
	ready    [pitboss.Priorities]int

	tracked   bool  // arrivals is kept
	ageing    int64 // rise one level per this much waiting; zero: never
	deadlines bool  // earliest deadline first within a level
	keyed     bool
	keys      keyTable

	// arrivals lists all that is ready by lane, oldest first, in keyed order and
	// where the oldest is dropped though the lanes go by deadline.
	arrivals [pitboss.Priorities]list
}

// count is how many are ready.
func (o *order) count() int {
	n := 0
	for _, ready := range o.ready {
		n += ready
	}
	return n
}

// enter makes i ready: at the end, or in front when it was handed back.
func (o *order) enter(i uint32, e *entry, back bool) {
	e.state = stateReady
	o.ready[e.level]++
	if !o.tracked {
		o.file(i, e, e.lane, back)
		return
	}
	if back {
		o.arrivals[e.lane].pushFront(o.slab, linkArrival, i)
	} else {
		o.arrivals[e.lane].pushBack(o.slab, linkArrival, i)
	}
	if e.key != 0 {
		o.enterKey(i, e, back)
		return
	}
	// In keyed order a message of no key counts as a key of its own: handed
	// back, it takes its turn like any other.
	o.file(i, e, e.lane, back && !o.keyed)
}

// timekeeper reports whether the heads of the lanes' deadlines tell when ready
// messages expire, so that they need no timers. In keyed order not all are in a
// lane.
func (o *order) timekeeper() bool { return o.deadlines && !o.keyed }

// times reports whether e, which is ready and expires, expires as the head of
// its lane.
func (o *order) times(e *entry) bool { return o.timekeeper() && e.is(flagDated) }

// file puts i into a lane.
func (o *order) file(i uint32, e *entry, at uint8, back bool) {
	l := &o.lanes[at]
	o.occupied |= 1 << at
	e.seat = at
	if !back && !o.deadlines {
		e.filed = filedTurn
		l.turns.pushBackTurn(o.slab, i, e)
		return
	}
	switch {
	case o.deadlines && e.deadline != never:
		e.filed = filedDeadline
		l.sorted++
		l.deadlines.push(o.slab, placeRank, e.deadline, i, e)
	case back:
		e.filed = filedReturned
		l.sorted++
		l.returned.push(o.slab, placeRank, int64(e.sequence), i, e)
	default:
		e.filed = filedTurn
		l.turns.pushBackTurn(o.slab, i, e)
	}
}

// unfile takes i out of its lane.
func (o *order) unfile(i uint32, e *entry) {
	l := &o.lanes[e.seat]
	switch e.filed {
	case unfiled:
		return
	case filedTurn:
		if l.turns.head == i {
			l.turns.pop(e.turn.next)
		} else {
			l.turns.remove(o.slab, linkTurn, i)
		}
	case filedReturned:
		l.sorted--
		l.returned.remove(o.slab, placeRank, i, e)
	case filedDeadline:
		l.sorted--
		l.deadlines.remove(o.slab, placeRank, i, e)
	}
	e.filed = unfiled
	if l.empty() {
		o.occupied &^= 1 << e.seat
	}
}

// next returns the entry to deliver next, or none. The instant matters to
// ageing only.
func (o *order) next(now int64) uint32 {
	if o.occupied == 0 {
		return none
	}
	highest := bits.Len8(o.occupied) - 1
	if o.ageing == 0 {
		return o.lanes[highest].head()
	}
	// The first of a lane has waited longest there, so the heads decide. A
	// head that has risen as far as another goes before it if it is older.
	var best uint32
	var bestRank, bestSince int64
	for at := highest; at >= 0; at-- {
		if o.occupied&(1<<at) == 0 {
			continue
		}
		i := o.lanes[at].head()
		since := o.slab.at(i).waitingSince()
		rank := o.risen(at, since, now)
		if best == none || rank > bestRank || rank == bestRank && since < bestSince {
			best, bestRank, bestSince = i, rank, since
		}
	}
	return best
}

// risen is the level that waiting has raised a message of lane at to.
func (o *order) risen(at int, since, now int64) int64 {
	return min(int64(at)+max(now-since, 0)/o.ageing, int64(pitboss.Critical.Level()))
}

// take removes i, which is what next returned, for delivery. In keyed order its
// key now waits for it.
func (o *order) take(i uint32, e *entry) {
	o.leave(i, e)
	if e.key != 0 {
		o.leaveKey(i, e)
		o.keys.at(e.key).out++
		o.refile(e.key)
	}
}

// remove removes i for good. Its key, if any, goes on.
func (o *order) remove(i uint32, e *entry) {
	o.leave(i, e)
	if e.key != 0 {
		o.leaveKey(i, e)
		o.refile(e.key)
	}
}

func (o *order) leave(i uint32, e *entry) {
	o.unfile(i, e)
	o.ready[e.level]--
	if o.tracked {
		o.arrivals[e.lane].remove(o.slab, linkArrival, i)
	}
}

// oldest returns the ready entry that has been there longest at the lowest
// level, or none.
func (o *order) oldest() uint32 {
	for at := range o.lanes {
		if o.tracked {
			if i := o.arrivals[at].head; i != none {
				return i
			}
		} else if l := &o.lanes[at]; !l.empty() {
			return l.head()
		}
	}
	return none
}

// waitingSince returns when the oldest ready entry was first due. Where lanes go
// by deadline it looks at all entries: to keep the order of arrival for this
// would cost each message more than all of its other book-keeping.
func (o *order) waitingSince() (since int64, found bool) {
	since = never
	if o.deadlines {
		o.slab.each(func(_ uint32, e *entry) {
			if e.state == stateReady {
				since = min(since, e.waitingSince())
			}
		})
		return since, since != never
	}
	for at := range o.lanes {
		i := o.arrivals[at].head
		if l := &o.lanes[at]; !o.tracked && !l.empty() {
			i = l.head()
		}
		if i != none {
			since = min(since, o.slab.at(i).waitingSince())
		}
	}
	return since, since != never
}
