package intake_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/pitboss-dev/pitboss/monitor/intake"
)

// Whoever looks sees all that was added before, in order.
func TestLookingTakesIn(t *testing.T) {
	t.Parallel()
	var taken []int
	in := intake.New(func(list []int) { taken = append(taken, list...) })
	for n := range 1000 {
		in.AddInOrder(3, &n)
		if n%7 != 0 {
			continue
		}
		in.Lock()
		if len(taken) != n+1 || taken[n] != n {
			t.Fatalf("after %d: %d taken in", n, len(taken))
		}
		in.Unlock()
	}
	in.Lock()
	defer in.Unlock()
	if len(taken) != 1000 || !slices.IsSorted(taken) {
		t.Errorf("%d taken in, sorted %v", len(taken), slices.IsSorted(taken))
	}
}

// Each source's order is kept and nothing is lost, while somebody looks all the
// time.
func TestManySources(t *testing.T) {
	t.Parallel()
	const sources, each = 8, 5000
	type item struct{ source, n int }
	var next [sources]int
	in := intake.New(func(list []item) {
		for _, i := range list {
			if next[i.source] != i.n {
				t.Errorf("source %d: %d came for %d", i.source, i.n, next[i.source])
			}
			next[i.source] = i.n + 1
		}
	})
	var all sync.WaitGroup
	for source := range sources {
		all.Go(func() {
			for n := range each {
				in.AddInOrder(uint(source), &item{source, n})
			}
		})
	}
	all.Go(func() {
		for range 1000 {
			in.Flush()
		}
	})
	all.Wait()
	in.Lock()
	defer in.Unlock()
	for source, n := range next {
		if n != each {
			t.Errorf("%d of source %d were taken in", n, source)
		}
	}
}

// Who brings something does not wait for who looks, until there is too much.
func TestAddingDoesNotWait(t *testing.T) {
	t.Parallel()
	sum := 0
	in := intake.New(func(list []int) {
		for _, n := range list {
			sum += n
		}
	})
	in.Lock()
	for range 4095 {
		in.AddInOrder(1, new(1))
	}
	added := make(chan struct{})
	go func() {
		defer close(added)
		in.AddInOrder(1, new(1)) // waits for Unlock
	}()
	in.Unlock()
	<-added
	in.Lock()
	defer in.Unlock()
	if sum != 4096 {
		t.Errorf("%d of 4096 were taken in", sum)
	}
}

// What needs no order is not lost either.
func TestWithoutOrder(t *testing.T) {
	t.Parallel()
	sum := 0
	in := intake.New(func(list []int) {
		for _, n := range list {
			sum += n
		}
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := range 5000 {
				in.Add(&n)
				if n%1000 == 0 {
					in.Flush()
				}
			}
		})
	}
	all.Wait()
	in.Lock()
	defer in.Unlock()
	if want := 8 * 4999 * 5000 / 2; sum != want {
		t.Errorf("a sum of %d, want %d", sum, want)
	}
}

// An intake keeps its memory.
func TestNoAllocations(t *testing.T) {
	in := intake.New(func([]int) {})
	one := new(int)
	for range 10_000 {
		in.Add(one)
	}
	if n := testing.AllocsPerRun(1000, func() { in.Add(one) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	n := 0
	in := intake.New(func(list []int) { n += len(list) })
	one := new(1)
	b.ReportAllocs()
	for b.Loop() {
		in.Add(one)
	}
}
