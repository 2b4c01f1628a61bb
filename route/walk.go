package route

// match appends what matches t. Almost all of its time goes into waiting for
// memory, so it asks for several places at once before it looks at any of them:
// a branch on what has not arrived yet would hold up all that follows.
func (x *Index[V]) match(t *topic, into []V) []V {
	slots := *x.nodes.slots.Load()
	first := peek(slots, t.tag)
	into = x.walk(slots, t, into)
	if first == 0 {
		return into
	}
	if n := x.nodes.find(slots, nil, t.tag, t.name); n != nil {
		into = append(into, n.here.Load().all()...)
	}
	return into
}

// front is how many places in the trie are looked at side by side. Few topics
// are in more places at once; what does not fit is walked on its own.
const front = 8

// walk goes down the trie, level by level of the topic, from all places that
// were reached so far.
func (x *Index[V]) walk(slots []slot[V], t *topic, into []V) []V {
	var places [2][front]*node[V]
	var tags, firsts [front]uint64
	here, next := &places[0], &places[1]
	here[0] = x.root
	for depth, n := 0, 1; n > 0; depth++ {
		for _, at := range here[:n] {
			into = at.collect(depth == t.n, into)
		}
		if depth == t.n {
			return into
		}
		hash := t.hash(depth, x.seed)
		bit := filterBit(hash)
		for i, at := range here[:n] {
			tags[i] = 0
			if at.filter.Load()&bit != 0 {
				tags[i] = fold(at.tag, hash)
				firsts[i] = peek(slots, tags[i])
			}
		}
		reached := 0
		for i, at := range here[:n] {
			var child *node[V]
			if tags[i] != 0 && firsts[i] != 0 {
				child = x.nodes.find(slots, at, tags[i], t.level(depth))
			}
			star := at.star.Load()
			if reached > front-2 {
				into = x.descend(slots, child, t, depth+1, into)
				into = x.descend(slots, star, t, depth+1, into)
				continue
			}
			if child != nil {
				next[reached] = child
				reached++
			}
			if star != nil {
				next[reached] = star
				reached++
			}
		}
		here, next, n = next, here, reached
	}
	return into
}

// descend collects what matches from one place on, depth levels down. At may be
// nil.
func (x *Index[V]) descend(slots []slot[V], at *node[V], t *topic, depth int, into []V) []V {
	if at == nil {
		return into
	}
	into = at.collect(depth == t.n, into)
	if depth == t.n {
		return into
	}
	var child *node[V]
	if hash := t.hash(depth, x.seed); at.filter.Load()&filterBit(hash) != 0 {
		child = x.nodes.find(slots, at, fold(at.tag, hash), t.level(depth))
	}
	into = x.descend(slots, child, t, depth+1, into)
	return x.descend(slots, at.star.Load(), t, depth+1, into)
}

// collect appends what matches here, at the topic's end or before.
func (n *node[V]) collect(end bool, into []V) []V {
	if rest := n.rest.Load(); rest != nil {
		into = append(into, rest.values...)
	}
	if end {
		if here := n.here.Load(); here != nil {
			into = append(into, here.values...)
		}
	}
	return into
}
