package queue

import (
	"cmp"
	"slices"

	"github.com/pitboss-dev/pitboss"
)

// Peek returns up to n ready messages in the order in which they would be
// delivered if each were acknowledged at once and nothing else happened. Those
// whose key waits for a delivery or a retry come last. Delayed messages are not
// among them.
func (q *Memory[T]) Peek(n int) []pitboss.Message[T] {
	q.lock()
	defer q.unlock()
	var messages []pitboss.Message[T]
	now := q.clock.now()
	q.order.preview(now, func(i uint32) bool {
		if len(messages) >= n {
			return false
		}
		if e := q.slab.at(i); e.end() > now {
			messages = append(messages, q.message(i, e))
		}
		return true
	})
	return messages
}

// preview visits the ready entries in order of delivery until visit returns
// false. It changes nothing and costs as much as is visited.
func (o *order) preview(now int64, visit func(i uint32) bool) {
	p := preview{order: o, counts: map[uint32]*[pitboss.Priorities]uint32{}}
	for at := range o.lanes {
		l := &o.lanes[at]
		p.lanes[at] = previewLane{
			deadlines: newHeapCursor(&l.deadlines),
			returned:  newHeapCursor(&l.returned),
			turn:      l.turns.head,
		}
	}
	for {
		i, at := p.next(now)
		if i == none {
			break
		}
		if !visit(i) {
			return
		}
		p.advance(i, at)
	}
	if !o.keyed {
		return
	}
	for at := len(o.arrivals) - 1; at >= 0; at-- {
		for i := o.arrivals[at].head; i != none; i = o.slab.at(i).arrival.next {
			if k := o.slab.at(i).key; k != 0 && o.keys.at(k).out > 0 && !visit(i) {
				return
			}
		}
	}
}

// preview plays deliveries through without touching the order itself.
type preview struct {
	order  *order
	lanes  [pitboss.Priorities]previewLane
	counts map[uint32]*[pitboss.Priorities]uint32 // of keys already visited
}

type previewLane struct {
	deadlines, returned heapCursor
	turn                uint32
	later               []uint32 // keys' next messages: by deadline, then in turn
}

func (p *preview) next(now int64) (best uint32, lane int) {
	o := p.order
	var bestRank, bestSince int64
	for at := len(p.lanes) - 1; at >= 0; at-- {
		i := p.head(&p.lanes[at])
		if i == none {
			continue
		}
		if o.ageing == 0 {
			return i, at
		}
		since := o.slab.at(i).waitingSince()
		if rank := o.risen(at, since, now); best == none || rank > bestRank || rank == bestRank && since < bestSince {
			best, lane, bestRank, bestSince = i, at, rank, since
		}
	}
	return best, lane
}

func (p *preview) head(l *previewLane) uint32 {
	s := p.order.slab
	i := l.deadlines.head()
	if len(l.later) > 0 {
		if j := l.later[0]; p.byDeadline(j) && (i == none || sooner(s.at(j), s.at(i)) < 0) {
			return j
		}
	}
	switch {
	case i != none:
		return i
	case l.returned.head() != none:
		return l.returned.head()
	case l.turn != none:
		return l.turn
	case len(l.later) > 0:
		return l.later[0]
	}
	return none
}

func (p *preview) byDeadline(i uint32) bool {
	return p.order.deadlines && p.order.slab.at(i).deadline != never
}

// advance moves past i, the head of a lane, and files its key's next message.
func (p *preview) advance(i uint32, at int) {
	o, l := p.order, &p.lanes[at]
	switch e := o.slab.at(i); {
	case len(l.later) > 0 && l.later[0] == i:
		l.later = l.later[1:]
	case l.deadlines.head() == i:
		l.deadlines.advance(o.slab)
	case l.returned.head() == i:
		l.returned.advance(o.slab)
	default:
		l.turn = e.turn.next
	}
	e := o.slab.at(i)
	if !o.keyed || e.key == 0 {
		return
	}
	counts := p.counts[e.key]
	if counts == nil {
		c := o.keys.at(e.key).counts
		counts = &c
		p.counts[e.key] = counts
	}
	counts[e.lane]--
	j := e.sibling.next
	if j == none {
		return
	}
	rank := len(counts) - 1
	for counts[rank] == 0 {
		rank--
	}
	l = &p.lanes[rank]
	place := len(l.later)
	if p.byDeadline(j) {
		place, _ = slices.BinarySearchFunc(l.later, o.slab.at(j), func(a uint32, e *entry) int {
			return sooner(o.slab.at(a), e)
		})
	}
	l.later = slices.Insert(l.later, place, j)
}

// sooner compares by deadline, and then by age.
func sooner(a, b *entry) int {
	return cmp.Or(cmp.Compare(a.deadline, b.deadline), cmp.Compare(a.sequence, b.sequence))
}

// heapCursor visits a heap in order without changing it. The next one is always
// the least of the children of those visited, which it keeps sorted.
type heapCursor struct {
	heap     *heap
	frontier []int
}

func newHeapCursor(h *heap) heapCursor {
	c := heapCursor{heap: h}
	if h.count > 0 {
		h.settle()
		c.frontier = []int{heapRoot} // always live
	}
	return c
}

func (c *heapCursor) head() uint32 {
	if len(c.frontier) == 0 {
		return none
	}
	return c.heap.items[c.frontier[0]].index
}

// advance moves to the next live item. One that is there twice, which would come
// next, counts once.
func (c *heapCursor) advance(s *slab) {
	visited := c.head()
	for more := true; more; more = c.head() == visited || len(c.frontier) > 0 && !c.heap.live(&c.heap.items[c.frontier[0]], s, placeRank) {
		at := c.frontier[0]
		c.frontier = c.frontier[1:]
		for child := firstChildOf(at); child < min(firstChildOf(at)+heapArity, len(c.heap.items)); child++ {
			place, _ := slices.BinarySearchFunc(c.frontier, child, func(a, b int) int {
				if c.heap.items[a].before(&c.heap.items[b]) {
					return -1
				}
				return 1
			})
			c.frontier = slices.Insert(c.frontier, place, child)
		}
	}
}
