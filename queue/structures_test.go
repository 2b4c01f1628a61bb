package queue

import (
	containerheap "container/heap"
	"fmt"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/pitboss-dev/pitboss"
)

// The structures alone, without lock, clock and message, beside what the
// standard library has for the same job. The whole path is measured in bench/.

// spread is a hash of n, without a pattern that a branch predictor could learn
// (the multiplier is 2^64 divided by the golden ratio).
func spread(n uint64) uint64 { return n * 0x9E3779B97F4A7C15 >> 32 }

func newOrder(deadlines bool) *order {
	s := new(slab)
	s.reap = func() {}
	s.allocate = func(uint32) *cells { return new(cells) }
	s.released = func(uint32) {}
	s.scattered = deadlines
	return &order{slab: s, deadlines: deadlines}
}

func (o *order) benchPush(n uint64, level uint8, deadline int64) {
	i := o.slab.take(level)
	e := o.slab.at(i)
	e.sequence, e.level, e.lane, e.key, e.flags = n, level, level, 0, 0
	if o.deadlines {
		e.deadline = deadline
	}
	o.enter(i, e, false)
}

func (o *order) benchPop() {
	i := o.next(0)
	o.take(i, o.slab.at(i))
	o.slab.release(i)
}

// BenchmarkLevels adds an entry of a changing level and takes the first of the
// highest one.
func BenchmarkLevels(b *testing.B) {
	level := func(n uint64) uint8 { return uint8(spread(n) % uint64(pitboss.Priorities)) }
	for _, waiting := range []uint64{1_000, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d/impl=pitboss", waiting), func(b *testing.B) {
			b.ReportAllocs()
			o, n := newOrder(false), uint64(0)
			for n < waiting {
				n++
				o.benchPush(n, level(n), never)
			}
			for b.Loop() {
				n++
				o.benchPush(n, level(n), never)
				o.benchPop()
			}
		})
		b.Run(fmt.Sprintf("waiting=%d/impl=heap", waiting), func(b *testing.B) {
			benchContainerHeap(b, waiting, func(n uint64) int64 { return -int64(level(n)) })
		})
	}
}

// BenchmarkDeadlines adds an entry with a deadline and takes the one whose
// deadline is next.
func BenchmarkDeadlines(b *testing.B) {
	deadline := func(n uint64) int64 { return int64(spread(n)) }
	for _, waiting := range []uint64{1_000, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d/impl=pitboss", waiting), func(b *testing.B) {
			b.ReportAllocs()
			o, n := newOrder(true), uint64(0)
			for n < waiting {
				n++
				o.benchPush(n, 0, deadline(n))
			}
			for b.Loop() {
				n++
				o.benchPush(n, 0, deadline(n))
				o.benchPop()
			}
		})
		b.Run(fmt.Sprintf("waiting=%d/impl=heap", waiting), func(b *testing.B) {
			benchContainerHeap(b, waiting, deadline)
		})
	}
}

// BenchmarkDelays sets a timer and cancels it, with so many others pending, all
// due between one and two hours from now. The bytes are those of a pending one,
// with what it takes in its entry.
func BenchmarkDelays(b *testing.B) {
	const waiting = 100_000
	at := func(n uint64) int64 { return int64(time.Hour) + int64(spread(n)*uint64(time.Hour>>32)) }
	b.Run(fmt.Sprintf("waiting=%d/impl=pitboss", waiting), func(b *testing.B) {
		b.ReportAllocs()
		s := newOrder(false).slab
		entries := make([]uint32, waiting)
		for j := range entries {
			entries[j] = s.take(0)
		}
		var timers wheel
		before := allocated()
		for j, i := range entries {
			timers.push(s, at(uint64(j)), i, s.at(i))
		}
		inEntry := unsafe.Sizeof(detail{}.ring) + unsafe.Sizeof(detail{}.rings)
		perTimer := float64(int64(allocated())-int64(before))/waiting + float64(inEntry)
		runtime.KeepAlive(entries)
		n := uint64(waiting)
		i := s.take(0)
		e := s.at(i)
		for b.Loop() {
			n++
			timers.push(s, at(n), i, e)
			timers.remove(s, i, e)
		}
		b.ReportMetric(perTimer, "B/pending")
	})
	b.Run(fmt.Sprintf("waiting=%d/impl=afterfunc", waiting), func(b *testing.B) {
		b.ReportAllocs()
		nothing := func() {}
		pending := make([]*time.Timer, waiting)
		before := allocated()
		for j := range pending {
			pending[j] = time.AfterFunc(time.Duration(at(uint64(j))), nothing)
		}
		perTimer := float64(allocated()-before) / waiting
		n := uint64(waiting)
		for b.Loop() {
			n++
			time.AfterFunc(time.Duration(at(n)), nothing).Stop()
		}
		for _, t := range pending {
			t.Stop()
		}
		b.ReportMetric(perTimer, "B/pending")
	})
}

func allocated() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// benchContainerHeap is the same job on container/heap.
func benchContainerHeap(b *testing.B, waiting uint64, key func(n uint64) int64) {
	b.ReportAllocs()
	var items ranked
	n := uint64(0)
	for n < waiting {
		n++
		containerheap.Push(&items, heapItem{key: key(n), age: uint32(n)})
	}
	for b.Loop() {
		n++
		containerheap.Push(&items, heapItem{key: key(n), age: uint32(n)})
		containerheap.Pop(&items)
	}
}

type ranked []heapItem

func (r ranked) Len() int           { return len(r) }
func (r ranked) Less(i, j int) bool { return r[i].before(&r[j]) }
func (r ranked) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *ranked) Push(x any)        { *r = append(*r, x.(heapItem)) }
func (r *ranked) Pop() any {
	last := len(*r) - 1
	item := (*r)[last]
	*r = (*r)[:last]
	return item
}
