package route

import "sync/atomic"

// addTopic subscribes to a pattern without wildcards. Those are apart from the
// trie, under their whole name. The caller holds the lock.
func (x *Index[V]) addTopic(text string, v V) Subscription {
	var t topic
	x.split(&t, text)
	id := x.nextID()
	if e := x.exact(&t); e == nil {
		x.topics.insert(t.tag, newExact(&t, firstList(text, id, v)))
	} else {
		x.topics.replace(t.tag, e, newExact(&t, e.list.with(id, v)))
	}
	x.changed(+1, x.news.ofTopic(t.tag))
	return Subscription{end: func() { x.endTopic(text, id) }}
}

func (x *Index[V]) endTopic(text string, id uint64) {
	var t topic
	x.split(&t, text)
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.exact(&t)
	if e == nil {
		return
	}
	left, found := e.list.without(id)
	switch {
	case !found:
		return
	case left == nil:
		x.topics.remove(t.tag, e)
	default:
		x.topics.replace(t.tag, e, newExact(&t, left))
	}
	x.changed(-1, x.news.ofTopic(t.tag))
}

// addWild subscribes to a pattern with wildcards. The caller holds the lock.
func (x *Index[V]) addWild(p pattern, v V) Subscription {
	id := x.nextID()
	n, heard := x.reach(p)
	at := &n.here
	if p.rest {
		at = &n.rest
	}
	at.Store(at.Load().with(id, v))
	x.changed(+1, heard)
	return Subscription{end: func() { x.endWild(n, at, id, heard) }}
}

// endWild removes a subscription and every node that nothing needs any more.
func (x *Index[V]) endWild(n *node[V], at *atomic.Pointer[list[V]], id uint64, heard *atomic.Uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	left, found := at.Load().without(id)
	if !found {
		return
	}
	at.Store(left)
	x.prune(n)
	x.changed(-1, heard)
}

func (x *Index[V]) nextID() uint64 {
	x.lastID++
	return x.lastID
}

// changed counts a subscription in or out, after readers can see it.
func (x *Index[V]) changed(by int64, heard *atomic.Uint64) {
	x.size.Add(by)
	heard.Add(1)
}

// reach returns the node of a pattern, made if need be, and the counter of
// changes there.
func (x *Index[V]) reach(p pattern) (*node[V], *atomic.Uint64) {
	heard := &x.news.wild
	n, tag := x.root, x.seed
	for i, level := range p.levels {
		if isStar(level) {
			n, tag = starOf(n), starTag(tag)
			continue
		}
		l := levelOf(level, 0, len(level))
		hash := l.hash(x.seed)
		if i == 0 {
			heard = x.news.ofLevel(hash)
		}
		tag = childTag(tag, hash)
		n = x.childOf(n, tag, hash, &l)
	}
	return n, heard
}

func starOf[V any](n *node[V]) *node[V] {
	star := n.star.Load()
	if star == nil {
		star = newNode(n, &level{text: "+"})
		n.children++
		n.star.Store(star)
	}
	return star
}

func (x *Index[V]) childOf(n *node[V], tag, hash uint64, l *level) *node[V] {
	child := n.child(*x.nodes.groups.Load(), tag, l)
	if child == nil {
		// Its text is a part of the pattern's, which it would keep alive; so it
		// does, because patterns are short and most end here.
		child = newNode(n, l)
		n.children++
		x.nodes.insert(tag, child)
		n.filter.Or(filterBit(hash))
	}
	return child
}

// prune removes n and the nodes above it as far as nothing needs them. A reader
// that is there already finds them empty.
func (x *Index[V]) prune(n *node[V]) {
	for n != x.root && n.empty() {
		parent := n.parent
		if parent.star.Load() == n {
			parent.star.Store(nil)
		} else {
			x.nodes.remove(x.tagOf(n), n)
		}
		if parent.children--; parent.children == 0 {
			// Bits are only ever added while there are children: several may share
			// one.
			parent.filter.Store(0)
		}
		n = parent
	}
}

// tagOf works a node's tag out again, so that nodes need not keep it.
func (x *Index[V]) tagOf(n *node[V]) uint64 {
	switch {
	case n == x.root:
		return x.seed
	case isStar(n.name):
		return starTag(x.tagOf(n.parent))
	}
	l := levelOf(n.name, 0, len(n.name))
	return childTag(x.tagOf(n.parent), l.hash(x.seed))
}
