package queue

import "math"

// The kinds of heap that an entry can be in, one of each at a time.
const (
	placeTimer = iota // the queue's timers
	placeRank         // a lane's heap
	placeKinds
)

// heap is a 4-ary min-heap of entries, by key and then by sequence. Both stand
// in the heap itself, so that sifting follows no pointer. That is why entries
// do not know their place either: writing it would cost a cache miss per level.
// Instead each push has a ticket that the entry bears as well. Removing an entry
// takes its ticket away; what is left of it goes when it comes to the top, or
// once that is so of more than half of the heap. The top is always live.
type heap struct {
	items []heapItem
	gone  int // items whose entry was removed
}

type heapItem struct {
	key      int64
	sequence uint64
	index    uint32
	ticket   uint32
}

const heapArity = 4

func (a *heapItem) before(b *heapItem) bool {
	return a.key < b.key || a.key == b.key && a.sequence < b.sequence
}

// live reports whether the item's entry is still in the heap. The chunk of one
// that is not may have been given back.
func (a *heapItem) live(s *slab, kind int) bool {
	c := s.chunks[a.index>>chunkBits]
	return c != nil && c.entries[a.index%chunkSize].place[kind] == a.ticket
}

// len is how many entries are in the heap.
func (h *heap) len() int { return len(h.items) - h.gone }

func (h *heap) top() uint32 { return h.items[0].index }

// first is the least key, or never.
func (h *heap) first() int64 {
	if len(h.items) == 0 {
		return never
	}
	return h.items[0].key
}

func (h *heap) push(s *slab, kind int, key int64, i uint32, e *entry) {
	// Zero means that the entry is in no heap. A ticket comes again after so
	// many that nothing is left of the first.
	ticket := s.tickets[kind]%math.MaxUint32 + 1
	s.tickets[kind] = ticket
	e.place[kind] = ticket
	item := heapItem{key, e.sequence, i, ticket}
	h.items = append(h.items, item)
	h.up(len(h.items)-1, &item)
}

// remove takes i out, wherever it is.
func (h *heap) remove(s *slab, kind int, i uint32, e *entry) {
	first := h.items[0].index == i && h.items[0].ticket == e.place[kind]
	e.place[kind] = 0
	if !first {
		if h.gone++; h.gone > len(h.items)/2 {
			h.compact(s, kind)
		}
		return
	}
	h.pop()
	for h.gone > 0 && !h.items[0].live(s, kind) {
		h.pop()
		h.gone--
	}
}

// pop takes the first item out. The hole that it leaves sinks to the bottom,
// where the last item fills it and rises as far as it must: that is seldom far,
// and saves a comparison per level on the way down.
func (h *heap) pop() {
	last := len(h.items) - 1
	item := h.items[last]
	h.items = h.items[:last]
	if c := cap(h.items); c > 1024 && last < c/4 {
		h.items = append(make([]heapItem, 0, c/2), h.items...)
	}
	if last == 0 {
		return
	}
	items := h.items
	hole := 0
	for {
		first := hole*heapArity + 1
		if first >= len(items) {
			break
		}
		least := first
		for c := first + 1; c < min(first+heapArity, len(items)); c++ {
			if items[c].before(&items[least]) {
				least = c
			}
		}
		items[hole] = items[least]
		hole = least
	}
	h.up(hole, &item)
}

// up puts item at a place or, if it goes before them, in that of its parents.
func (h *heap) up(at int, item *heapItem) {
	items := h.items
	for at > 0 {
		parent := (at - 1) / heapArity
		if !item.before(&items[parent]) {
			break
		}
		items[at] = items[parent]
		at = parent
	}
	items[at] = *item
}

// down lets the item at a place sink as far as it must.
func (h *heap) down(at int) {
	items := h.items
	item := items[at]
	for {
		first := at*heapArity + 1
		if first >= len(items) {
			break
		}
		least := first
		for c := first + 1; c < min(first+heapArity, len(items)); c++ {
			if items[c].before(&items[least]) {
				least = c
			}
		}
		if !items[least].before(&item) {
			break
		}
		items[at] = items[least]
		at = least
	}
	items[at] = item
}

// compact leaves the live items only. It costs a constant for each removal
// since the last time.
func (h *heap) compact(s *slab, kind int) {
	live := h.items[:0]
	for j := range h.items {
		if h.items[j].live(s, kind) {
			live = append(live, h.items[j])
		}
	}
	if c := cap(live); c > 1024 && len(live) < c/4 {
		live = append(make([]heapItem, 0, c/2), live...)
	}
	h.items, h.gone = live, 0
	for at := (len(live) - 2) / heapArity; at >= 0; at-- {
		h.down(at)
	}
}
