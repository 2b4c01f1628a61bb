package queue

// The kinds of heap that an entry can be in, one of each at a time.
const (
	placeTimer = iota // the queue's timers
	placeRank         // a lane's heap
	placeKinds
)

// heap is a 4-ary min-heap of entries. The key stands in the heap itself, so
// that sifting reads one cache line per level and follows no pointer; equal
// keys are ordered by sequence. Each entry knows its place, so that any of them
// can be removed.
type heap struct {
	items []heapItem
}

type heapItem struct {
	key   int64
	index uint32
}

const heapArity = 4

func (h *heap) len() int { return len(h.items) }

func (h *heap) top() uint32 { return h.items[0].index }

func (h *heap) less(s *slab, a, b heapItem) bool {
	if a.key != b.key {
		return a.key < b.key
	}
	return s.at(a.index).sequence < s.at(b.index).sequence
}

func (h *heap) push(s *slab, kind int, key int64, i uint32) {
	h.items = append(h.items, heapItem{})
	h.up(s, kind, len(h.items)-1, heapItem{key, i})
}

// remove takes i out, wherever it is.
func (h *heap) remove(s *slab, kind int, i uint32) {
	place := &s.at(i).place[kind]
	at := int(*place) - 1
	*place = 0
	last := len(h.items) - 1
	moved := h.items[last]
	h.items = h.items[:last]
	h.shrink()
	if at == last {
		return
	}
	if at > 0 && h.less(s, moved, h.items[(at-1)/heapArity]) {
		h.up(s, kind, at, moved)
	} else {
		h.down(s, kind, at, moved)
	}
}

// shrink gives memory back after a burst.
func (h *heap) shrink() {
	if c := cap(h.items); c > 1024 && len(h.items) < c/4 {
		h.items = append(make([]heapItem, 0, c/2), h.items...)
	}
}

func (h *heap) up(s *slab, kind, at int, item heapItem) {
	for at > 0 {
		parent := (at - 1) / heapArity
		if !h.less(s, item, h.items[parent]) {
			break
		}
		h.put(s, kind, at, h.items[parent])
		at = parent
	}
	h.put(s, kind, at, item)
}

func (h *heap) down(s *slab, kind, at int, item heapItem) {
	for {
		first := at*heapArity + 1
		if first >= len(h.items) {
			break
		}
		least := first
		for c := first + 1; c < min(first+heapArity, len(h.items)); c++ {
			if h.less(s, h.items[c], h.items[least]) {
				least = c
			}
		}
		if !h.less(s, h.items[least], item) {
			break
		}
		h.put(s, kind, at, h.items[least])
		at = least
	}
	h.put(s, kind, at, item)
}

func (h *heap) put(s *slab, kind, at int, item heapItem) {
	h.items[at] = item
	s.at(item.index).place[kind] = uint32(at) + 1
}
