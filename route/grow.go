package route

import (
	"sync/atomic"
)

// reach returns the node of a pattern, made if need be, and the counter of
// changes there. The caller holds the lock.
func (x *Index[V]) reach(text string, p pattern) (*node[V], *atomic.Uint64) {
	if !p.wild {
		return x.reachTopic(text)
	}
	heard := &x.news.wild
	n := x.root
	for i, level := range p.levels {
		if isStar(level) {
			n = starOf(n)
			continue
		}
		hash := hashLevel(level, x.seed)
		if i == 0 {
			heard = x.news.ofLevel(hash)
		}
		n = x.childOf(n, hash, level)
	}
	return n, heard
}

// reachTopic returns the node of a pattern without wildcards, which is apart
// from the trie, under its whole name.
func (x *Index[V]) reachTopic(text string) (*node[V], *atomic.Uint64) {
	var t topic
	x.split(&t, text)
	n := x.nodes.find(*x.nodes.slots.Load(), nil, t.tag, text)
	if n == nil {
		n = &node[V]{name: text, tag: t.tag}
		x.nodes.insert(n)
	}
	return n, x.news.ofTopic(t.tag)
}

func starOf[V any](n *node[V]) *node[V] {
	star := n.star.Load()
	if star == nil {
		star = &node[V]{parent: n, name: "+", tag: fold(n.tag, 0)}
		n.children++
		n.star.Store(star)
	}
	return star
}

func (x *Index[V]) childOf(n *node[V], hash uint64, level string) *node[V] {
	tag := fold(n.tag, hash)
	child := x.nodes.find(*x.nodes.slots.Load(), n, tag, level)
	if child == nil {
		// level is a part of the pattern's text, which it would keep alive; so it
		// does, because patterns are short and most end here.
		child = &node[V]{parent: n, name: level, tag: tag}
		n.children++
		x.nodes.insert(child)
		n.filter.Or(filterBit(hash))
	}
	return child
}

// prune removes n and the nodes above it as far as nothing needs them. A reader
// that is there already finds them empty.
func (x *Index[V]) prune(n *node[V]) {
	for n != x.root && n.empty() {
		parent := n.parent
		switch {
		case parent == nil: // a whole topic
			x.nodes.remove(n)
			return
		case parent.star.Load() == n:
			parent.star.Store(nil)
		default:
			x.nodes.remove(n)
		}
		if parent.children--; parent.children == 0 {
			// Bits are only ever added while there are children: several may share
			// one.
			parent.filter.Store(0)
		}
		n = parent
	}
}
