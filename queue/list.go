package queue

// The kinds of list that an entry can be linked in, one of each at a time.
const (
	linkTurn    = iota // a lane, or the deliveries in flight
	linkArrival        // all that is ready in a lane, oldest first
	linkKey            // all that waits under one key
)

type link struct{ next, prev uint32 }

func (e *entry) link(kind int) *link {
	switch kind {
	case linkTurn:
		return &e.turn
	case linkArrival:
		return &e.arrival
	}
	return &e.sibling
}

// list is a doubly linked list through the entries of a slab. What the first
// entry has before it is not defined, so that taking it off touches no other.
type list struct {
	head, tail uint32
}

func (l *list) pushBack(s *slab, kind int, i uint32) {
	*s.at(i).link(kind) = link{prev: l.tail}
	if l.tail == none {
		l.head = i
	} else {
		s.at(l.tail).link(kind).next = i
	}
	l.tail = i
}

// pushBackTurn is pushBack for linkTurn, for whoever has the entry at hand.
func (l *list) pushBackTurn(s *slab, i uint32, e *entry) {
	e.turn = link{prev: l.tail}
	if l.tail == none {
		l.head = i
	} else {
		s.at(l.tail).turn.next = i
	}
	l.tail = i
}

// pop takes the first entry off, whose next is known.
func (l *list) pop(next uint32) {
	l.head = next
	if next == none {
		l.tail = none
	}
}

func (l *list) pushFront(s *slab, kind int, i uint32) {
	*s.at(i).link(kind) = link{next: l.head}
	if l.head == none {
		l.tail = i
	} else {
		s.at(l.head).link(kind).prev = i
	}
	l.head = i
}

// insertBefore puts i in front of mark, which is in the list.
func (l *list) insertBefore(s *slab, kind int, i, mark uint32) {
	if mark == l.head {
		l.pushFront(s, kind, i)
		return
	}
	prev := s.at(mark).link(kind).prev
	*s.at(i).link(kind) = link{next: mark, prev: prev}
	s.at(prev).link(kind).next = i
	s.at(mark).link(kind).prev = i
}

func (l *list) remove(s *slab, kind int, i uint32) {
	n := *s.at(i).link(kind)
	switch {
	case l.head == l.tail:
		*l = list{}
	case l.head == i:
		l.head = n.next
	case l.tail == i:
		l.tail = n.prev
		s.at(n.prev).link(kind).next = none
	default:
		s.at(n.prev).link(kind).next = n.next
		s.at(n.next).link(kind).prev = n.prev
	}
}
