package route

import "slices"

// list is what is registered in one place, in order of registration. A
// published list never changes, so readers share it; the writer publishes a
// successor instead.
type list[V any] struct {
	values []V
	ids    []uint64 // of the values, ascending; the writer's alone
}

// newList returns an empty list with room for n. Few values, the common case,
// lie beside their list: a reader finds them in the same or the next line of the
// cache instead of behind another miss.
func newList[V any](n int) *list[V] {
	switch {
	case n <= 1:
		l := &struct {
			list[V]
			values [1]V
			ids    [1]uint64
		}{}
		return l.over(l.values[:0], l.ids[:0])
	case n <= 4:
		l := &struct {
			list[V]
			values [4]V
			ids    [4]uint64
		}{}
		return l.over(l.values[:0], l.ids[:0])
	case n <= beside:
		l := &struct {
			list[V]
			values [beside]V
			ids    [beside]uint64
		}{}
		return l.over(l.values[:0], l.ids[:0])
	}
	return &list[V]{make([]V, 0, n), make([]uint64, 0, n)}
}

// beside is how many values lie beside their list at most.
const beside = 16

func (l *list[V]) over(values []V, ids []uint64) *list[V] {
	l.values, l.ids = values, ids
	return l
}

// with returns l and one value more; l may be nil. The successor of a long list
// shares its backing array, because readers of l never look beyond l's length.
// Hence only the newest list of a place may be extended.
func (l *list[V]) with(id uint64, v V) *list[V] {
	switch {
	case l == nil:
		l = newList[V](1)
	case len(l.values) < beside:
		l = newList[V](len(l.values)+1).fill(l.values, l.ids)
	default:
		l = &list[V]{l.values, l.ids}
	}
	return l.fill([]V{v}, []uint64{id})
}

// fill appends to a list that is not published yet.
func (l *list[V]) fill(values []V, ids []uint64) *list[V] {
	l.values, l.ids = append(l.values, values...), append(l.ids, ids...)
	return l
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
	return newList[V](len(l.ids)-1).
		fill(l.values[:i], l.ids[:i]).
		fill(l.values[i+1:], l.ids[i+1:]), true
}

// all returns the values, which are not to be changed.
func (l *list[V]) all() []V {
	if l == nil {
		return nil
	}
	return l.values
}
