package route

// match appends what matches t: it looks the whole topic up, and goes down the
// trie, level by level of the topic and from all nodes reached so far. Almost
// all of its time goes into waiting for memory, so it asks for several places
// before it looks at any of them: a branch on what has not arrived yet would
// hold up all that follows.
func (x *Index[V]) match(t *topic, into []V) []V {
	nodes := *x.nodes.groups.Load()
	whole := groupOf(*x.topics.groups.Load(), t.tag)
	found := whole.look(t.tag)
	e := whole.first(found)
	into = x.root.rest.Load().collect(into)
	var reach [front]reached[V]
	reach[0] = reached[V]{node: x.root, tag: x.seed}
	for depth, n := 0, 1; n > 0 && depth < t.n; depth++ {
		if n > front/3 {
			into = x.descend(nodes, reach[:n], t, depth, into)
			break
		}
		l := t.level(depth)
		m := advance(nodes, &reach, n, l.hash(x.seed))
		n, into = settle(&nodes, &reach, n, m, &l, depth+1 == t.n, into)
	}
	switch {
	case found == 0:
		return into
	case e == nil || !e.is(t):
		e = x.exact(t)
	}
	return e.collect(into)
}

// exact returns what was subscribed to that topic, or nil.
func (x *Index[V]) exact(t *topic) *exact[V] {
	return lookUp(*x.topics.groups.Load(), t.tag, func(e *exact[V]) bool { return e.is(t) })
}

// child returns the child of a node by that name, or nil.
func (n *node[V]) child(nodes []group[node[V]], tag uint64, l *level) *node[V] {
	return lookUp(nodes, tag, func(child *node[V]) bool { return child.is(n, l) })
}

// front is how many nodes are looked at side by side, three for each of which
// the walk goes on. Few topics are in more places at once; what does not fit is
// walked on its own.
const front = 15

// reached is a node that the walk has come to.
type reached[V any] struct {
	node   *node[V]
	tag    uint64
	parent *node[V] // nil if node is it for sure; otherwise only its mark has been compared
}

// advance looks for the next level's nodes below the first n reached and puts
// them behind those. It looks at the marks only of the nodes in the table.
func advance[V any](nodes []group[node[V]], reach *[front]reached[V], n int, hash uint64) int {
	m := n
	for i := range n {
		at := &reach[i]
		if at.node.filter.Load()&filterBit(hash) != 0 {
			tag := childTag(at.tag, hash)
			g := groupOf(nodes, tag)
			found := g.look(tag)
			reach[m] = reached[V]{g.first(found), tag, at.node}
			if found != 0 {
				m++
			}
		}
		if star := at.node.star.Load(); star != nil {
			reach[m] = reached[V]{star, starTag(at.tag), nil}
			m++
		}
	}
	return m
}

// settle compares what advance found, nodes n to m, collects what matches there,
// at the topic's last level or before, and moves the nodes to the front. It
// returns how many are left.
func settle[V any](nodes *[]group[node[V]], reach *[front]reached[V], n, m int, l *level, last bool, into []V) (int, []V) {
	k := 0
	for i := n; i < m; i++ {
		at := reach[i]
		if at.parent != nil && (at.node == nil || !at.node.is(at.parent, l)) {
			if at.node = at.parent.child(*nodes, at.tag, l); at.node == nil {
				continue
			}
		}
		into = at.node.rest.Load().collect(into)
		if last {
			into = at.node.here.Load().collect(into)
			continue
		}
		reach[k] = at
		k++
	}
	return k, into
}

// descend goes on from each node on its own, depth levels down the topic.
func (x *Index[V]) descend(nodes []group[node[V]], from []reached[V], t *topic, depth int, into []V) []V {
	if depth == t.n {
		return into
	}
	l := t.level(depth)
	hash := l.hash(x.seed)
	for _, at := range from {
		var reach [front]reached[V]
		reach[0] = at
		m := advance(nodes, &reach, 1, hash)
		var n int
		n, into = settle(&nodes, &reach, 1, m, &l, depth+1 == t.n, into)
		into = x.descend(nodes, reach[:n], t, depth+1, into)
	}
	return into
}
