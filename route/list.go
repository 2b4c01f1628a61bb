package route

import "slices"

// list is what is registered in one place, in order of registration. A
// published list never changes, so readers share it; the writer publishes a
// successor instead.
type list[V any] struct {
	values []V
	ids    []uint64 // of the values, ascending; the writer's alone

	// Most places have one subscriber: values points here then, and the list is
	// one object in memory instead of three.
	one   [1]V
	oneID [1]uint64
}

// with returns l and one value more; l may be nil. The successor may share l's
// backing array, because readers of l never look beyond l's length. Hence only
// the newest list of a place may be extended.
func (l *list[V]) with(id uint64, v V) *list[V] {
	next := &list[V]{}
	if l == nil {
		next.one[0], next.oneID[0] = v, id
		next.values, next.ids = next.one[:], next.oneID[:]
		return next
	}
	next.values, next.ids = append(l.values, v), append(l.ids, id)
	return next
}

// without returns a copy of l that lacks one registration, nil if nothing is
// left, and whether it was there.
func (l *list[V]) without(id uint64) (*list[V], bool) {
	if l == nil {
		return nil, false
	}
	i, found := slices.BinarySearch(l.ids, id)
	switch {
	case !found:
		return l, false
	case len(l.ids) == 1:
		return nil, true
	}
	return &list[V]{
		values: slices.Concat(l.values[:i], l.values[i+1:]),
		ids:    slices.Concat(l.ids[:i], l.ids[i+1:]),
	}, true
}

// all returns the values, which are not to be changed.
func (l *list[V]) all() []V {
	if l == nil {
		return nil
	}
	return l.values
}
