// Package shares divides rooms among the nodes of a store: a room belongs to one
// of [Count] shares by its name, for ever, and each share to one node at a time.
// [Divide] says which; whoever knows the same nodes and the same division so far
// computes the same. It is pure: package natsqueue keeps who holds what.
package shares

import (
	"hash/fnv"
	"slices"
	"strings"
)

// Count is how many shares there are: enough to be even among a dozen nodes, and
// few enough that one node may start with all of them. It must be the same for
// all nodes of a store, so it is no setting.
const Count = 32

// Of is the share, from 0 to Count-1, that a room belongs to.
func Of(room string) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(room)) // hashes do not fail
	// FNV mixes the last characters into its low bits only; this spreads them.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return int(x % Count)
}

// Division says which node has each share, by the node's ID; empty: none.
type Division [Count]string

// Of counts the shares of a node.
func (d *Division) Of(node string) (n int) {
	for _, holder := range d {
		if holder == node {
			n++
		}
	}
	return n
}

// Divide returns the division that should follow held, where only these nodes
// live: each node has as many shares as any other, or one more, and no more
// shares change hands than that takes. Divided again, it stays as it is.
func Divide(held Division, nodes []string) Division {
	nodes = slices.Compact(slices.Sorted(slices.Values(nodes)))
	var next Division
	if len(nodes) == 0 {
		return next
	}
	spare := quotas(&held, nodes)
	for share, holder := range held {
		if spare[holder] > 0 {
			next[share] = holder
			spare[holder]--
		}
	}
	for share, turn := 0, 0; share < Count; share++ {
		if next[share] != "" {
			continue
		}
		for spare[nodes[turn]] == 0 {
			turn = (turn + 1) % len(nodes)
		}
		next[share] = nodes[turn]
		spare[nodes[turn]]--
		turn = (turn + 1) % len(nodes)
	}
	return next
}

// quotas is how many shares each node is to have. Those that have most by now
// have the one more, where it does not come out even: they keep it.
func quotas(held *Division, nodes []string) map[string]int {
	most := slices.Clone(nodes)
	slices.SortStableFunc(most, func(a, b string) int {
		if d := held.Of(b) - held.Of(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	quota := make(map[string]int, len(most))
	for i, node := range most {
		quota[node] = Count / len(most)
		if i < Count%len(most) {
			quota[node]++
		}
	}
	return quota
}
