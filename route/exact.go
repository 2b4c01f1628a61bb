package route

// exact is a topic that somebody subscribed to without wildcards. Like lists, it
// never changes and is succeeded instead. With one small value, it is a line of
// the cache.
type exact[V any] struct {
	head   [headWords]word // as that of a topic
	length int32
	count  int32 // of values
	first  V
	list   *list[V] // all values
}

func newExact[V any](t *topic, l *list[V]) *exact[V] {
	return &exact[V]{head: t.head, length: int32(len(t.name)), count: int32(len(l.values)), first: l.values[0], list: l}
}

// is reports whether e is that topic.
func (e *exact[V]) is(t *topic) bool {
	return e.head[0] == t.head[0] && e.head[1] == t.head[1] && e.head[2] == t.head[2] && e.head[3] == t.head[3] &&
		int(e.length) == len(t.name) && (e.length <= 8*headWords || t.same(e.list.topic))
}

// collect appends the values to into; e may be nil.
func (e *exact[V]) collect(into []V) []V {
	switch {
	case e == nil:
		return into
	case e.count == 1:
		return append(into, e.first)
	}
	return append(into, e.list.values...)
}
