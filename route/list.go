package route

import "slices"

// list is what is registered in one place, in order of registration. A
// published list never changes, so readers share it; the writer publishes a
// successor instead.
type list[V any] struct {
	topic  string // that it is about; empty in the trie
	values []V
	ids    *[]uint64 // of the values, ascending; the writer's alone, handed on to successors
}

// newList returns an empty list with room for n. Few values, the common case,
// lie beside their list: a reader finds them in the same or the next line of the
// cache instead of behind another miss.
func newList[V any](topic string, ids *[]uint64, n int) *list[V] {
	var l *list[V]
	switch {
	case n <= 1:
		beside := &struct {
			list[V]
			values [1]V
		}{}
		l = &beside.list
		l.values = beside.values[:0]
	case n <= 4:
		beside := &struct {
			list[V]
			values [4]V
		}{}
		l = &beside.list
		l.values = beside.values[:0]
	case n <= maxBeside:
		beside := &struct {
			list[V]
			values [maxBeside]V
		}{}
		l = &beside.list
		l.values = beside.values[:0]
	default:
		l = &list[V]{values: make([]V, 0, n)}
	}
	l.topic, l.ids = topic, ids
	return l
}

// maxBeside is how many values lie beside their list at most.
const maxBeside = 16

// with returns l and one value more; l may be nil. The successor of a long list shares its
// backing array, because readers of l never look beyond l's length. Hence only
// the newest list of a place may be extended.
func (l *list[V]) with(id uint64, v V) *list[V] {
	if l == nil {
		return firstList("", id, v)
	}
	*l.ids = append(*l.ids, id)
	if n := len(l.values); n < maxBeside {
		next := newList[V](l.topic, l.ids, n+1)
		next.values = append(append(next.values, l.values...), v)
		return next
	}
	return &list[V]{l.topic, append(l.values, v), l.ids}
}

// without returns a copy of l that lacks one registration, nil if nothing is
// left, and whether it was there.
func (l *list[V]) without(id uint64) (*list[V], bool) {
	if l == nil {
		return nil, false
	}
	i, found := slices.BinarySearch(*l.ids, id)
	if !found {
		return l, false
	}
	*l.ids = slices.Delete(*l.ids, i, i+1)
	if len(*l.ids) == 0 {
		return nil, true
	}
	next := newList[V](l.topic, l.ids, len(*l.ids))
	next.values = append(append(next.values, l.values[:i]...), l.values[i+1:]...)
	return next, true
}

// firstList returns the list of one registration.
func firstList[V any](topic string, id uint64, v V) *list[V] {
	l := newList[V](topic, &[]uint64{id}, 1)
	l.values = append(l.values, v)
	return l
}

// all returns the values, which are not to be changed; l may be nil.
func (l *list[V]) all() []V {
	if l == nil {
		return nil
	}
	return l.values
}

// collect appends the values to into; l may be nil.
func (l *list[V]) collect(into []V) []V {
	switch {
	case l == nil:
		return into
	case len(l.values) == 1: // saves the call that copies
		return append(into, l.values[0])
	}
	return append(into, l.values...)
}
