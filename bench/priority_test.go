package bench

import (
	"container/heap"
	"fmt"
	"sync"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// BenchmarkPriority adds one message of a changing level and takes the most
// urgent one, with so many others waiting.
//
//   - heap is container/heap under a mutex, first come first served within a
//     level. It acknowledges nothing.
//   - pitboss enqueues, dequeues and acknowledges.
func BenchmarkPriority(b *testing.B) {
	for _, waiting := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d/impl=pitboss", waiting), func(b *testing.B) {
			priorityPitboss(b, waiting)
		})
		b.Run(fmt.Sprintf("waiting=%d/impl=heap", waiting), func(b *testing.B) {
			priorityHeap(b, waiting)
		})
	}
}

// levelOf spreads messages over the five levels in an order without a pattern
// that a branch predictor could learn.
func levelOf(n uint64) pitboss.Priority {
	return pitboss.PriorityAt(int(n * 0x9E3779B97F4A7C15 >> 40 % uint64(pitboss.Priorities)))
}

func priorityPitboss(b *testing.B, waiting int) {
	b.Helper()
	b.ReportAllocs()
	ctx := b.Context()
	q, err := queue.NewPriority(queue.Config[action]{})
	if err != nil {
		b.Fatal(err)
	}
	n := uint64(0)
	push := func() {
		n++
		if _, err := q.Enqueue(ctx, pitboss.Message[action]{Payload: move, Priority: levelOf(n)}); err != nil {
			b.Fatal(err)
		}
	}
	for range waiting {
		push()
	}
	for b.Loop() {
		push()
		d, err := q.Dequeue(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Ack(); err != nil {
			b.Fatal(err)
		}
	}
}

func priorityHeap(b *testing.B, waiting int) {
	b.Helper()
	b.ReportAllocs()
	var (
		mu    sync.Mutex
		items = &ranked{}
		n     = uint64(0)
	)
	push := func() {
		n++
		mu.Lock()
		heap.Push(items, &rankedAction{action: move, priority: levelOf(n), seq: n})
		mu.Unlock()
	}
	for range waiting {
		push()
	}
	for b.Loop() {
		push()
		mu.Lock()
		heap.Pop(items)
		mu.Unlock()
	}
}

type rankedAction struct {
	action
	priority pitboss.Priority
	seq      uint64
}

// ranked is the priority queue of container/heap's own example.
type ranked []*rankedAction

func (r ranked) Len() int { return len(r) }

func (r ranked) Less(i, j int) bool {
	if r[i].priority != r[j].priority {
		return r[i].priority > r[j].priority
	}
	return r[i].seq < r[j].seq
}

func (r ranked) Swap(i, j int) { r[i], r[j] = r[j], r[i] }

func (r *ranked) Push(x any) {
	item, _ := x.(*rankedAction)
	*r = append(*r, item)
}

func (r *ranked) Pop() any {
	last := len(*r) - 1
	item := (*r)[last]
	(*r)[last] = nil
	*r = (*r)[:last]
	return item
}
