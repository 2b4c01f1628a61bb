package route

import "sync/atomic"

// node is a place in the trie of patterns: the levels that lead here from the
// root. Parent and name never change; the rest is published atomically. A node
// is a line of the cache.
type node[V any] struct {
	parent        *node[V] // nil for the root
	first, second word     // of the last level

	here   atomic.Pointer[list[V]] // patterns that end here
	rest   atomic.Pointer[list[V]] // patterns that end here with "#"
	star   atomic.Pointer[node[V]] // one level of any name
	filter atomic.Uint64           // which children may exist; see filterBit

	*more
}

// more is what a reader of a node rarely needs.
type more struct {
	name     string // the last level
	children int    // star included; the writer's alone
}

func newNode[V any](parent *node[V], l *level) *node[V] {
	return &node[V]{parent: parent, first: l.first, second: l.second, more: &more{name: l.text}}
}

// is reports whether n is the child of parent by that name.
func (n *node[V]) is(parent *node[V], l *level) bool {
	return n.parent == parent && n.first == l.first && n.second == l.second && (l.complete() || n.name == l.text)
}

// empty reports whether nothing depends on n.
func (n *node[V]) empty() bool {
	return n.children == 0 && n.here.Load() == nil && n.rest.Load() == nil
}

// filterBit is a one-word Bloom filter over the names of a node's children. It
// saves the look-up where a topic cannot go on.
func filterBit(hash uint64) uint64 { return 1 << (hash >> 58) }

// childTag is the tag of a node in the table: a hash of the levels that lead to
// it. It needs no look at the parent, so that a reader can work it out ahead.
func childTag(parent, hash uint64) uint64 { return fold(parent, hash) }

// starTag is the same for a wildcard, which is not in the table.
func starTag(parent uint64) uint64 { return fold(parent, 0) }
