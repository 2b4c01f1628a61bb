package shares_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pitboss-dev/pitboss/shares"
)

// A room's share is part of what nodes agree on: it may not change with a new
// version of the program.
func TestShareOfARoomStaysTheSame(t *testing.T) {
	t.Parallel()
	for room, want := range map[string]int{"": 18, "r-x7k2": 9, "table-000001": 12, "table-000002": 18} {
		if got := shares.Of(room); got != want {
			t.Errorf("%q is in share %d, want %d", room, got, want)
		}
	}
}

// Names that count fall to all shares alike.
func TestRoomsAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	const rooms = 320_000
	var counts [shares.Count]int
	for n := range rooms {
		counts[shares.Of(fmt.Sprintf("table-%06d", n))]++
	}
	const mean = rooms / shares.Count
	for share, n := range counts {
		if n < mean*95/100 || n > mean*105/100 {
			t.Errorf("share %d has %d rooms, the mean is %d", share, n, mean)
		}
	}
}

// Nodes come and go at random: at every step the division is even, complete,
// stays as it is when it is made again, does not depend on the order in which
// nodes are known, and moves no share more than it has to.
func TestDivide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var held shares.Division
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			nodes := rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 1, 40, rapid.ID).Draw(t, fmt.Sprint("nodes ", step))
			var names []string
			for _, n := range nodes {
				names = append(names, fmt.Sprint("node-", n))
			}
			next := shares.Divide(held, names)
			slices.Reverse(names)
			if again := shares.Divide(held, names); again != next {
				t.Fatalf("known in another order, the division is another:\n%v\n%v", next, again)
			}
			if again := shares.Divide(next, names); again != next {
				t.Fatalf("divided again, shares move:\n%v\n%v", next, again)
			}
			check(t, held, next, names)
			held = next
		}
	})
}

func check(t *rapid.T, before, after shares.Division, nodes []string) {
	least, most, kept := shares.Count, 0, 0
	for _, node := range nodes {
		n := after.Of(node)
		least, most = min(least, n), max(most, n)
	}
	if most-least > 1 {
		t.Fatalf("one node has %d shares, another %d", least, most)
	}
	for share, node := range after {
		if !slices.Contains(nodes, node) {
			t.Fatalf("share %d is %q's", share, node)
		}
		if before[share] == node {
			kept++
		}
	}
	// The most that nodes can keep: what they had, up to what they may have, and
	// those that had most may have one more.
	var had []int
	for _, node := range nodes {
		had = append(had, before.Of(node))
	}
	slices.Sort(had)
	slices.Reverse(had)
	keep := 0
	for i, n := range had {
		quota := shares.Count / len(nodes)
		if i < shares.Count%len(nodes) {
			quota++
		}
		keep += min(n, quota)
	}
	if kept != keep {
		t.Fatalf("%d shares stayed where they were, %d could have", kept, keep)
	}
}

func TestNobodyHasNothing(t *testing.T) {
	t.Parallel()
	if got := shares.Divide(shares.Division{3: "gone"}, nil); got != (shares.Division{}) {
		t.Errorf("without nodes: %v", got)
	}
}
