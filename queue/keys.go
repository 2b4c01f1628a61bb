package queue

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/pitboss-dev/pitboss"
)

// keyRecord is what keyed order knows of one key.
type keyRecord struct {
	name    string
	waiting list // its ready messages, in the order in which they must run
	filed   uint32
	out     uint32 // in flight or in a retry's backoff: the key waits
	refs    uint32 // messages of the key in the queue, in whatever state
	counts  [pitboss.Priorities]uint32
	ranks   uint8 // a bit for each lane that counts says is not empty
}

// keyTable finds the record of a key. Records are reused; once the table is
// empty after a burst its memory is given back.
type keyTable struct {
	index   map[string]uint32
	records []keyRecord // record 0 is unused: it stands for no key
	free    []uint32
}

// keysKept is how many records an empty table may keep.
const keysKept = 1024

func (t *keyTable) at(k uint32) *keyRecord { return &t.records[k] }

// refer returns the record of the key, made if need be, for one more message.
func (t *keyTable) refer(name string) uint32 {
	k, ok := t.index[name]
	if !ok {
		k = t.add(name)
	}
	t.records[k].refs++
	return k
}

func (t *keyTable) add(name string) uint32 {
	if t.index == nil {
		t.index = make(map[string]uint32)
		t.records = append(t.records, keyRecord{})
	}
	k := uint32(len(t.records))
	if n := len(t.free); n > 0 {
		k = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		t.records = append(t.records, keyRecord{})
	}
	t.records[k].name = name
	t.index[name] = k
	return k
}

// forget undoes one refer.
func (t *keyTable) forget(k uint32) {
	r := &t.records[k]
	if r.refs--; r.refs > 0 {
		return
	}
	delete(t.index, r.name)
	*r = keyRecord{}
	if len(t.index) == 0 && len(t.records) > keysKept {
		*t = keyTable{}
		return
	}
	t.free = append(t.free, k)
}

// enterKey adds i to its key's waiting list: at the end, or, handed back, in
// front of all that is younger.
func (o *order) enterKey(i uint32, e *entry, back bool) {
	k := o.keys.at(e.key)
	mark := none
	if back {
		// Several can be out at once only if they were before keyed order
		// was switched on, so the walk is short.
		for mark = k.waiting.head; mark != none; mark = o.slab.at(mark).sibling.next {
			if m := o.slab.at(mark); m.attempt == 0 || m.sequence > e.sequence {
				break
			}
		}
	}
	if mark != none {
		k.waiting.insertBefore(o.slab, linkKey, i, mark)
	} else {
		k.waiting.pushBack(o.slab, linkKey, i)
	}
	k.counts[e.lane]++
	k.ranks |= 1 << e.lane
	o.refile(e.key)
}

// leaveKey takes i out of its key's waiting list, without refiling the key.
func (o *order) leaveKey(i uint32, e *entry) {
	k := o.keys.at(e.key)
	if k.filed == i {
		k.filed = none
	}
	k.waiting.remove(o.slab, linkKey, i)
	if k.counts[e.lane]--; k.counts[e.lane] == 0 {
		k.ranks &^= 1 << e.lane
	}
}

// refile gives a key that may run its place among the turns: its first message
// stands for it, in the lane of the most urgent message that it has waiting, so
// that an urgent message is not held up by a modest one in front of it. A key
// that is already where it belongs keeps its turn.
func (o *order) refile(key uint32) {
	k := o.keys.at(key)
	want := k.waiting.head
	if k.out > 0 {
		want = none
	}
	if k.filed != none {
		filed := o.slab.at(k.filed)
		if k.filed == want && filed.seat == k.rank() {
			return
		}
		o.unfile(k.filed, filed)
	}
	k.filed = want
	if want != none {
		o.file(want, o.slab.at(want), k.rank(), false)
	}
}

// rank is the lane of the most urgent waiting message.
func (k *keyRecord) rank() uint8 { return uint8(bits.Len8(k.ranks) - 1) }

// letGo ends the wait of i's key for i, where there is one.
func (o *order) letGo(e *entry) {
	if e.key != 0 && e.is(flagHolds) {
		o.keys.at(e.key).out--
		o.refile(e.key)
	}
	e.flags &^= flagHolds
}

// orderByKey switches keyed order on and refiles what is there.
func (o *order) orderByKey(key func(i uint32) string) {
	var ready []uint32
	for at := range o.lanes {
		ready = o.drain(ready, at)
	}
	o.keyed, o.tracked = true, true
	o.slab.each(func(i uint32, e *entry) {
		if name := key(i); name != "" {
			e.key = o.keys.refer(name)
			if e.is(flagHolds) {
				o.keys.at(e.key).out++
			}
		}
	})
	for _, i := range ready {
		o.enter(i, o.slab.at(i), false)
	}
}

// drain takes everything out of a lane and appends it in order of arrival.
func (o *order) drain(to []uint32, at int) []uint32 {
	from := len(to)
	for l := &o.lanes[at]; !l.empty(); {
		i := l.head()
		o.leave(i, o.slab.at(i))
		to = append(to, i)
	}
	if o.deadlines {
		slices.SortFunc(to[from:], func(a, b uint32) int {
			return cmp.Compare(o.slab.at(a).sequence, o.slab.at(b).sequence)
		})
	}
	return to
}
