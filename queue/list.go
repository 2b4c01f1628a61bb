package queue

// The kinds of list that an entry can be linked in, one of each at a time.
const (
	linkTurn    = iota // a lane, the deliveries in flight, or the free list
	linkArrival        // all that is ready in a lane, oldest first
	linkKey            // all that waits under one key
	linkKinds
)

type link struct{ next, prev uint32 }

// list is a doubly linked list through the entries of a slab.
type list struct {
	head, tail uint32
}

func (l *list) pushBack(s *slab, kind int, i uint32) {
	s.at(i).links[kind] = link{prev: l.tail}
	if l.tail == none {
		l.head = i
	} else {
		s.at(l.tail).links[kind].next = i
	}
	l.tail = i
}

func (l *list) pushFront(s *slab, kind int, i uint32) {
	s.at(i).links[kind] = link{next: l.head}
	if l.head == none {
		l.tail = i
	} else {
		s.at(l.head).links[kind].prev = i
	}
	l.head = i
}

// insertBefore puts i in front of mark, which is in the list.
func (l *list) insertBefore(s *slab, kind int, i, mark uint32) {
	prev := s.at(mark).links[kind].prev
	if prev == none {
		l.pushFront(s, kind, i)
		return
	}
	s.at(i).links[kind] = link{next: mark, prev: prev}
	s.at(prev).links[kind].next = i
	s.at(mark).links[kind].prev = i
}

func (l *list) remove(s *slab, kind int, i uint32) {
	n := s.at(i).links[kind]
	if n.prev == none {
		l.head = n.next
	} else {
		s.at(n.prev).links[kind].next = n.next
	}
	if n.next == none {
		l.tail = n.prev
	} else {
		s.at(n.next).links[kind].prev = n.prev
	}
}
