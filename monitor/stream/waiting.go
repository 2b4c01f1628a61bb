package stream

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// waiting is everybody who has read all there is. They are found by the most
// telling field of their filters, so that an event touches only those whom it
// may concern.
type waiting struct {
	log *log
	// count is of those who wait, and those who were not told yet that it is over.
	count atomic.Int64

	// Events up to here have woken whom they concern. It is changed under mu.
	scanned atomic.Uint64

	mu      sync.Mutex
	scans   uint64
	woken   []*waiter // taken out and not told yet
	byField [fields]map[string]*group
	byKinds map[uint64]*group // the filters by type only, by their set
}

// The fields that waiters are found by, the most telling first.
const (
	byCorrelation = iota
	byRoom
	byGame
	byPlayer
	fields
)

type group struct {
	field   int // fields: found by kinds
	value   string
	kinds   uint64
	members []*waiter
}

// waiter is a subscriber's place among the waiting.
type waiter struct {
	cursor
	// One of these is told when the wait is over.
	following *Following
	wake      chan struct{} // holds one

	// These are guarded by waiting.mu.
	group *group // nil while it does not wait
	place int    // in group.members
	from  uint64 // the event that ended the wait
	scan  uint64 // in which it was
}

func newWaiting(l *log) *waiting {
	w := &waiting{log: l, byKinds: make(map[uint64]*group)}
	w.scanned.Store(l.last.Load())
	for i := range w.byField {
		w.byField[i] = make(map[string]*group)
	}
	return w
}

// news reports whether there is something for the dispatcher to do.
func (w *waiting) news() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count.Load() > 0 && (len(w.woken) > 0 || w.scanned.Load() < w.log.last.Load())
}

// assist looks at the new events on a publisher's time when the dispatcher is so
// late that some may go before it looks. It does not wait for a lock.
func (w *waiting) assist() {
	if w.count.Load() == 0 || w.log.last.Load()-w.scanned.Load() <= w.log.capacity/2 || !w.mu.TryLock() {
		return
	}
	defer w.mu.Unlock()
	w.scan()
}

// park puts a waiter among the waiting, or returns false if there is something
// new to look at.
func (w *waiting) park(p *waiter) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count.Load() == 0 {
		// Nobody waited for what has gone by, so nobody looks at it.
		w.scanned.Store(max(w.scanned.Load(), p.seq))
	}
	if w.scanned.Load() > p.seq {
		return false
	}
	g := w.groupOf(&p.matcher)
	p.group, p.place = g, len(g.members)
	g.members = append(g.members, p)
	w.count.Add(1)
	return true
}

// unpark takes a waiter out, whether it was woken or not, and moves its cursor
// over what did not concern it.
func (w *waiting) unpark(p *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.group != nil {
		w.remove(p)
		w.count.Add(-1)
		p.seq = max(p.seq, w.scanned.Load())
		return
	}
	if p.from > p.seq {
		p.seq = p.from - 1
	}
}

// leave takes a waiter out if it is among the waiting.
func (w *waiting) leave(p *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.group != nil {
		w.remove(p)
		w.count.Add(-1)
	}
}

// followers are those among the waiting who are called, and who were woken
// without being told.
func (w *waiting) followers() (list []*Following) {
	w.mu.Lock()
	defer w.mu.Unlock()
	add := func(members []*waiter) {
		for _, p := range members {
			if p.following != nil {
				list = append(list, p.following)
			}
		}
	}
	add(w.woken)
	for _, g := range w.byKinds {
		add(g.members)
	}
	for _, groups := range &w.byField {
		for _, g := range groups {
			add(g.members)
		}
	}
	return list
}

func (w *waiting) groupOf(m *matcher) *group {
	for field, value := range [fields]string{byCorrelation: m.correlation, byRoom: m.room, byGame: m.game, byPlayer: m.player} {
		if value == "" {
			continue
		}
		g := w.byField[field][value]
		if g == nil {
			g = &group{field: field, value: value}
			w.byField[field][value] = g
		}
		return g
	}
	g := w.byKinds[m.kinds]
	if g == nil {
		g = &group{field: fields, kinds: m.kinds}
		w.byKinds[m.kinds] = g
	}
	return g
}

func (w *waiting) remove(p *waiter) {
	g := p.group
	last := g.members[len(g.members)-1]
	g.members[p.place], last.place = last, p.place
	g.members[len(g.members)-1] = nil
	g.members = g.members[:len(g.members)-1]
	p.group = nil
	if len(g.members) > 0 {
		return
	}
	// A room's group must not outlive its room.
	if g.field < fields {
		delete(w.byField[g.field], g.value)
	} else {
		delete(w.byKinds, g.kinds)
	}
}

// wake takes out those whom the new events concern, appended to woken.
func (w *waiting) wake(woken []*waiter) []*waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scan()
	woken = append(woken, w.woken...)
	w.count.Add(-int64(len(w.woken)))
	clear(w.woken)
	w.woken = w.woken[:0]
	return woken
}

// scan looks at the events since it last did.
func (w *waiting) scan() {
	from, last := w.scanned.Load()+1, w.log.last.Load()
	if from > last {
		return
	}
	w.scanned.Store(last)
	if w.count.Load() == 0 {
		return
	}
	var (
		seen          uint64 // the kinds of the events
		first, latest [maxTypes + 1]uint64
		alreadyWoken  = len(w.woken)
	)
	w.scans++
	for seq := from; seq <= last; seq++ {
		e, kind := w.log.at(seq)
		if e == nil || seq < w.log.first() {
			w.wakeAll(seq, alreadyWoken)
			return
		}
		if seen>>kind&1 == 0 {
			seen |= 1 << kind
			first[kind] = seq
		}
		latest[kind] = seq
		for field, value := range [fields]string{
			byCorrelation: e.event.CorrelationID, byRoom: e.event.Room, byGame: e.event.Game, byPlayer: e.event.Player,
		} {
			if len(w.byField[field]) == 0 || value == "" {
				continue
			}
			if g := w.byField[field][value]; g != nil {
				w.wakeMatching(g, e, kind, seq)
			}
		}
	}
	for _, p := range w.woken[alreadyWoken:] {
		w.remove(p)
		p.covered = last
	}
	for kinds, g := range w.byKinds {
		if len(g.members) == 0 {
			delete(w.byKinds, kinds) // nobody came back since the last time
			continue
		}
		if kinds &= seen; kinds != 0 {
			w.wakeGroup(g, firstOf(&first, kinds), lastOf(&latest, kinds), last)
		}
	}
}

func firstOf(first *[maxTypes + 1]uint64, kinds uint64) (earliest uint64) {
	for ; kinds != 0; kinds &= kinds - 1 {
		if seq := first[bits.TrailingZeros64(kinds)]; earliest == 0 || seq < earliest {
			earliest = seq
		}
	}
	return earliest
}

func lastOf(last *[maxTypes + 1]uint64, kinds uint64) (latest uint64) {
	for ; kinds != 0; kinds &= kinds - 1 {
		latest = max(latest, last[bits.TrailingZeros64(kinds)])
	}
	return latest
}

// wakeMatching notes whom an event concerns. They are taken out after the scan,
// which finds the last such event too.
func (w *waiting) wakeMatching(g *group, e *Entry, kind uint8, seq uint64) {
	for _, p := range g.members {
		if !p.matcher.match(e, kind) {
			continue
		}
		if p.upTo = seq; p.scan != w.scans {
			p.from, p.scan = seq, w.scans
			w.woken = append(w.woken, p)
		}
	}
}

func (w *waiting) wakeGroup(g *group, from, upTo, covered uint64) {
	for _, p := range g.members {
		p.group, p.from, p.upTo, p.covered = nil, from, upTo, covered
	}
	w.woken = append(w.woken, g.members...)
	clear(g.members)
	// The group stays for a while: most of its members are back soon.
	g.members = g.members[:0]
}

// wakeAll is for events that went before they were looked at: they may have
// concerned anybody.
func (w *waiting) wakeAll(from uint64, alreadyWoken int) {
	for _, p := range w.woken[alreadyWoken:] {
		w.remove(p) // it has an earlier from
		p.upTo, p.covered = 0, 0
	}
	for _, g := range w.byKinds {
		w.wakeGroup(g, from, 0, 0)
	}
	for i := range w.byField {
		for _, g := range w.byField[i] {
			w.wakeGroup(g, from, 0, 0)
		}
		clear(w.byField[i])
	}
}
