package queue

// The kinds of heap that an entry can be in, one of each at a time.
const (
	placeTimer = iota // the queue's timers that are near
	placeRank         // a lane's heap
	placeKinds
)

// place is where an entry is, of one kind.
type place uint8

const (
	nowhere place = iota
	inHeap
	inSlot  // of the wheel of timers
	inFresh // not in a slot yet
)

// heap is a 4-ary min-heap of entries, by key and then by age. Both stand in the
// heap itself, so that sifting follows no pointer. That is why entries do not
// know their place either: writing it would cost a cache miss per level. An
// entry that is removed is only told so; what is left of it goes when it comes
// to the top, or once that is so of more than half of the heap. The top is
// always live.
//
// Where the first item was taken, its place stays open: in a queue that neither
// grows nor shrinks the next item goes there, and sinks, which saves the last one
// the way down and the next one the way up.
//
// The root stands at heapRoot, which makes each four siblings fill a cache line.
type heap struct {
	items []heapItem
	count int   // live entries
	open  bool  // the root's place is; then all else is live
	seat  uint8 // of a lane's heap: that lane
}

type heapItem struct {
	key   int64
	index uint32
	age   uint32 // the lower half of the sequence: enough to compare those that are there at a time
}

const (
	heapArity = 4
	heapRoot  = heapArity - 1
)

func parentOf(at int) int     { return at/heapArity + heapRoot - 1 }
func firstChildOf(at int) int { return heapArity * (at - heapRoot + 1) }

func (a *heapItem) before(b *heapItem) bool {
	return a.key < b.key || a.key == b.key && int32(a.age-b.age) < 0
}

// live reports whether the item's entry is in the heap at that key, and not in
// another lane's by now. The chunk of one that is not may have been given back.
// An entry that left and came back may be there twice; then the two are equal,
// and go together.
func (h *heap) live(a *heapItem, s *slab, kind int) bool {
	chunk := s.entries[a.index>>chunkBits]
	if chunk == nil {
		return false
	}
	e := &chunk[a.index%chunkSize]
	if age := uint32(e.sequence); e.placed[kind] != inHeap || age != a.age {
		return false
	}
	if kind == placeTimer {
		return e.rings == a.key
	}
	return e.seat == h.seat
}

// root returns the first item; the heap must not be empty.
func (h *heap) root() *heapItem {
	h.settle()
	return &h.items[heapRoot]
}

// settle fills the open place.
func (h *heap) settle() {
	if h.open {
		h.open = false
		h.pop()
	}
}

func (h *heap) top() uint32 { return h.root().index }

// first is the least key, or never.
func (h *heap) first() int64 {
	if h.count == 0 {
		return never
	}
	return h.root().key
}

func (h *heap) push(s *slab, kind int, key int64, i uint32, e *entry) {
	e.placed[kind] = inHeap
	if kind == placeTimer {
		e.rings = key
	} else {
		h.seat = e.seat
	}
	if len(h.items) == 0 {
		h.items = make([]heapItem, heapRoot, heapRoot+1)
	}
	item := heapItem{key, i, uint32(e.sequence)}
	h.count++
	if h.open {
		h.open = false
		h.items[heapRoot] = item
		h.down(heapRoot, s)
		return
	}
	h.items = append(h.items, item)
	h.up(len(h.items)-1, &item)
}

// remove takes i out, wherever it is.
func (h *heap) remove(s *slab, kind int, i uint32, e *entry) {
	e.placed[kind] = nowhere
	h.settle()
	h.count--
	switch {
	case h.count == 0:
		h.items = h.items[:heapRoot]
		h.shrink()
	case h.items[heapRoot].index == i:
		if h.open = len(h.items)-heapRoot == h.count+1; h.open {
			return
		}
		h.pop()
		for len(h.items)-heapRoot > h.count && !h.live(&h.items[heapRoot], s, kind) {
			h.pop()
		}
	case len(h.items)-heapRoot > 2*h.count:
		h.compact(s, kind)
	}
}

// shrink gives memory back after a burst.
func (h *heap) shrink() {
	if c := cap(h.items); c > 1024 && len(h.items) < c/4 {
		h.items = append(make([]heapItem, 0, c/2), h.items...)
	}
}

// pop takes the first item out. The hole that it leaves sinks to the bottom,
// where the last item fills it and rises as far as it must: that is seldom far,
// and saves a comparison per level on the way down.
func (h *heap) pop() {
	last := len(h.items) - 1
	item := h.items[last]
	h.items = h.items[:last]
	h.shrink()
	if last == heapRoot {
		return
	}
	hole := heapRoot
	for {
		least := h.leastChild(hole)
		if least == 0 {
			break
		}
		h.items[hole] = h.items[least]
		hole = least
	}
	h.up(hole, &item)
}

// leastChild returns the place of the first of a place's children, or 0. It
// compares keys without a branch that the processor would have to guess, and
// looks at ages only where keys are the same.
func (h *heap) leastChild(at int) int {
	least := firstChildOf(at)
	if least >= len(h.items) {
		return 0
	}
	siblings := h.items[least:min(least+heapArity, len(h.items))]
	best, key, same := 0, siblings[0].key, 0
	for c := 1; c < len(siblings); c++ {
		k := siblings[c].key
		if k == key {
			same++
		}
		if k < key {
			best = c
		}
		key = min(key, k)
	}
	if same > 0 {
		best = 0
		for c := 1; c < len(siblings); c++ {
			if siblings[c].before(&siblings[best]) {
				best = c
			}
		}
	}
	return least + best
}

// up puts item at a place or, if it goes before them, in that of its parents.
func (h *heap) up(at int, item *heapItem) {
	items := h.items
	for at > heapRoot {
		parent := parentOf(at)
		if !item.before(&items[parent]) {
			break
		}
		items[at] = items[parent]
		at = parent
	}
	items[at] = *item
}

// down lets the item at a place sink as far as it must. What becomes the first
// item is asked for soon, so its entry is fetched meanwhile.
func (h *heap) down(at int, s *slab) {
	item := h.items[at]
	for {
		least := h.leastChild(at)
		if least == 0 || !h.items[least].before(&item) {
			break
		}
		h.items[at] = h.items[least]
		if at == heapRoot {
			s.fetch(h.items[at].index)
		}
		at = least
	}
	h.items[at] = item
}

// compact leaves the live items only. It costs a constant for each removal
// since the last time.
func (h *heap) compact(s *slab, kind int) {
	live := h.items[:heapRoot]
	for j := heapRoot; j < len(h.items); j++ {
		if h.live(&h.items[j], s, kind) {
			live = append(live, h.items[j])
		}
	}
	h.items = live
	h.shrink()
	for at := parentOf(len(live) - 1); at >= heapRoot && len(live) > heapRoot+1; at-- {
		h.down(at, s)
	}
}
