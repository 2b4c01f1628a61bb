package route

import "sync/atomic"

// node is a place in the trie of patterns: the levels that lead here from the
// root. Name, parent and tag never change; the rest is published atomically.
type node[V any] struct {
	parent *node[V] // nil for the root, and for a topic
	name   string   // the last level, or the whole of a topic
	tag    uint64   // hash of the way here

	here   atomic.Pointer[list[V]] // patterns that end here
	rest   atomic.Pointer[list[V]] // patterns that end here with "#"
	star   atomic.Pointer[node[V]] // one level of any name
	filter atomic.Uint64           // which children may exist; see filterBit

	children int // star included; the writer's alone
}

// filterBit is a one-word Bloom filter over the names of a node's children. It
// saves the look-up, and its cache miss, where a topic cannot go on.
func filterBit(hash uint64) uint64 { return 1 << (hash >> 58) }

// empty reports whether nothing depends on n.
func (n *node[V]) empty() bool {
	return n.children == 0 && n.here.Load() == nil && n.rest.Load() == nil
}

// table holds the edges of the whole trie: open addressing with linear probing
// by the hash of parent and name. Readers take no lock; one writer at a time
// inserts and removes in place and swaps in a larger array when it fills up.
//
// What makes that safe: an entry never moves within an array, a tag becomes
// zero again only where no probe would go on, and a reader believes an entry
// only after it compared the node itself.
type table[V any] struct {
	slots atomic.Pointer[[]slot[V]]
	used  int // slots with a tag, including those whose node has gone
	live  int
	same  func(a, b string) bool // equality of names that differ in bytes; nil: they differ
}

type slot[V any] struct {
	tag  atomic.Uint64 // zero: a probe ends here
	node atomic.Pointer[node[V]]
}

const minSlots = 16

func (t *table[V]) init() { t.slots.Store(newSlots[V](minSlots)) }

func newSlots[V any](n int) *[]slot[V] {
	slots := make([]slot[V], n)
	return &slots
}

// find returns the child of parent by that name, or nil.
func (t *table[V]) find(slots []slot[V], parent *node[V], tag uint64, name string) *node[V] {
	mask := uint64(len(slots) - 1)
	for i := tag & mask; ; i = (i + 1) & mask {
		s := &slots[i]
		switch s.tag.Load() {
		case tag:
			n := s.node.Load()
			if n != nil && n.parent == parent && n.tag == tag && (n.name == name || t.same != nil && t.same(n.name, name)) {
				return n
			}
		case 0:
			return nil
		}
	}
}

// peek returns the first tag that a probe meets: zero if there is nothing to
// find. It brings the slot into the cache.
func peek[V any](slots []slot[V], tag uint64) uint64 {
	return slots[tag&uint64(len(slots)-1)].tag.Load()
}

// insert adds a node that is not there. The caller holds the writer's lock.
func (t *table[V]) insert(n *node[V]) {
	slots := *t.slots.Load()
	if 2*(t.used+1) > len(slots) {
		slots = t.resize()
	}
	if place(slots, n) {
		t.used++
	}
	t.live++
}

// place puts n into the first free slot and reports whether that had no tag.
func place[V any](slots []slot[V], n *node[V]) bool {
	mask := uint64(len(slots) - 1)
	i := n.tag & mask
	for slots[i].node.Load() != nil {
		i = (i + 1) & mask
	}
	fresh := slots[i].tag.Load() == 0
	slots[i].node.Store(n)
	slots[i].tag.Store(n.tag)
	return fresh
}

// remove takes n out. The caller holds the writer's lock.
func (t *table[V]) remove(n *node[V]) {
	slots := *t.slots.Load()
	mask := uint64(len(slots) - 1)
	i := n.tag & mask
	for slots[i].node.Load() != n {
		i = (i + 1) & mask
	}
	slots[i].node.Store(nil)
	t.live--
	// A tag whose node has gone keeps probes going. At the end of a run nothing
	// follows, so that it can go too.
	for slots[(i+1)&mask].tag.Load() == 0 && slots[i].node.Load() == nil && slots[i].tag.Load() != 0 {
		slots[i].tag.Store(0)
		t.used--
		i = (i - 1) & mask
	}
	if len(slots) > minSlots && 16*t.live < len(slots) {
		t.resize()
	}
}

// resize publishes a new array that is a quarter to a half full.
func (t *table[V]) resize() []slot[V] {
	size := minSlots
	for size < 4*t.live {
		size *= 2
	}
	next := newSlots[V](size)
	for i := range *t.slots.Load() {
		if n := (*t.slots.Load())[i].node.Load(); n != nil {
			place(*next, n)
		}
	}
	t.slots.Store(next)
	t.used = t.live
	return *next
}
