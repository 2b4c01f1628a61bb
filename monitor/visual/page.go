package visual

import (
	"cmp"
	"slices"
)

// page keeps the first rooms out of many, so that the others need no status. It
// holds at most twice as many as asked for.
type page struct {
	most int
	list []placed
	last *place // beyond which nothing is wanted, once that is known
}

// place is where a room stands in a list: the worst first, then by ID. Where only
// the ID is set it is by ID.
type place struct {
	severity int
	errors   uint64
	id       string
}

func (p *place) compare(other *place) int {
	return cmp.Or(cmp.Compare(other.severity, p.severity), cmp.Compare(other.errors, p.errors), cmp.Compare(p.id, other.id))
}

type placed struct {
	place
	status RoomStatus
}

func (p *page) wants(at place) bool { return p.last == nil || at.compare(p.last) < 0 }

func (p *page) add(at place, s RoomStatus) {
	p.list = append(p.list, placed{at, s})
	if len(p.list) >= 2*p.most {
		p.cut()
		last := p.list[p.most-1].place
		p.last = &last
	}
}

// cut keeps those that are wanted, in their order.
func (p *page) cut() {
	slices.SortFunc(p.list, func(a, b placed) int { return a.compare(&b.place) })
	p.list = p.list[:min(p.most, len(p.list))]
}

func (p *page) sorted() []RoomStatus {
	p.cut()
	list := make([]RoomStatus, len(p.list))
	for i := range p.list {
		list[i] = p.list[i].status
	}
	return list
}
