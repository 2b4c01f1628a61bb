package gamestats

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// Native buckets are Prometheus' standard exponential ones: eight to a power of
// two of seconds, each 9 % wider than the one below. The narrowest ends at 1 µs,
// and what is shorter is zero; the widest at 36 h, and what is longer is in it.
const (
	schema   = 3
	shortest = -20 << schema
	longest  = 17 << schema
)

// layout divides durations into cells such that each is in one native and in one
// classic bucket. It is immutable.
type layout struct {
	classic []float64 // upper bounds in seconds
	bounds  []int64   // the cells' upper bounds in nanoseconds, inclusive
	cells   []cell    // one more, beyond them all
	// first is the first cell that may hold a duration, by its highest bits.
	first [64 << stepBits]uint16
}

// cell says in which buckets it is.
type cell struct {
	native  int // the bucket ends at 2^(native/8) seconds
	classic int // into layout.classic; its length for none
}

// stepBits is how many bits after the leading one say where to look. With four
// there is at most one native bound to pass.
const stepBits = 4

func newLayout(classic []float64) *layout {
	l := &layout{classic: classic}
	for native := shortest; native <= longest; native++ {
		l.bounds = append(l.bounds, int64(math.Exp2(float64(native)/(1<<schema))*float64(time.Second)))
	}
	for _, bound := range classic {
		l.bounds = append(l.bounds, nanoseconds(bound))
	}
	slices.Sort(l.bounds)
	l.bounds = slices.Compact(l.bounds)
	native, upper := shortest, 0
	for _, bound := range l.bounds {
		for native < longest && bound > int64(math.Exp2(float64(native)/(1<<schema))*float64(time.Second)) {
			native++
		}
		for upper < len(classic) && bound > nanoseconds(classic[upper]) {
			upper++
		}
		l.cells = append(l.cells, cell{native, upper})
	}
	l.cells = append(l.cells, cell{longest, len(classic)})
	for step := range l.first {
		l.first[step] = uint16(l.search(lowest(step)))
	}
	return l
}

func nanoseconds(seconds float64) int64 { return int64(math.Round(seconds * float64(time.Second))) }

func (l *layout) search(ns int64) int {
	i, _ := slices.BinarySearch(l.bounds, ns)
	return i
}

// lowest is the least duration whose highest bits are those.
func lowest(step int) int64 {
	length, after := step>>stepBits, step&(1<<stepBits-1)
	if length <= stepBits {
		return 0
	}
	return (1<<stepBits + int64(after)) << (length - 1 - stepBits)
}

// cell finds that of a duration that is not negative.
func (l *layout) cell(ns int64) int {
	length := bits.Len64(uint64(ns))
	step := 0
	if length > stepBits {
		step = length<<stepBits | int(ns>>(length-1-stepBits))&(1<<stepBits-1)
	}
	i := int(l.first[step])
	for i < len(l.bounds) && ns > l.bounds[i] {
		i++
	}
	return i
}
