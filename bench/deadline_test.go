package bench

import (
	"container/heap"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// BenchmarkDeadline adds one message with a deadline and takes the one whose
// deadline is next, with so many others waiting.
//
//   - heap is container/heap under a mutex, by deadline. It acknowledges nothing
//     and lets nothing expire.
//   - pitboss enqueues, dequeues and acknowledges; earliest deadline first.
func BenchmarkDeadline(b *testing.B) {
	for _, waiting := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d/impl=pitboss", waiting), func(b *testing.B) {
			deadlinePitboss(b, waiting)
		})
		b.Run(fmt.Sprintf("waiting=%d/impl=heap", waiting), func(b *testing.B) {
			deadlineHeap(b, waiting)
		})
	}
}

// dueAfter spreads deadlines over an hour that no benchmark lives to see the
// beginning of.
func dueAfter(n uint64) time.Duration {
	return 24*time.Hour + time.Duration(n*0x9E3779B97F4A7C15>>32)*(time.Hour>>32)
}

func deadlinePitboss(b *testing.B, waiting int) {
	b.Helper()
	b.ReportAllocs()
	ctx := b.Context()
	q, err := queue.NewPriority(queue.Config[action]{EarliestDeadlineFirst: true})
	if err != nil {
		b.Fatal(err)
	}
	start, n := time.Now(), uint64(0)
	push := func() {
		n++
		if _, err := q.Enqueue(ctx, pitboss.Message[action]{Payload: move, Deadline: start.Add(dueAfter(n))}); err != nil {
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

func deadlineHeap(b *testing.B, waiting int) {
	b.Helper()
	b.ReportAllocs()
	var (
		mu    sync.Mutex
		items dueHeap
		start = time.Now()
		n     = uint64(0)
	)
	push := func() {
		n++
		mu.Lock()
		heap.Push(&items, &dueItem{at: start.Add(dueAfter(n)), action: move})
		mu.Unlock()
	}
	for range waiting {
		push()
	}
	for b.Loop() {
		push()
		mu.Lock()
		heap.Pop(&items)
		mu.Unlock()
	}
}

type dueItem struct {
	at time.Time
	action
}

type dueHeap []*dueItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(*dueItem)) }
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
