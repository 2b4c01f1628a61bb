package queue_test

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// 100,000 messages with delays between nothing and two seconds: none comes
// early. How late they come, and what they take, is for the log.
func TestDelaysNeverEarly(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	type delayed struct{ due time.Time }
	q, err := queue.NewFIFO(queue.Config[delayed]{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	before := heapInUse()
	for range n {
		delay := time.Duration(random.Int64N(int64(2 * time.Second)))
		m := pitboss.Message[delayed]{Payload: delayed{time.Now().Add(delay)}, Delay: delay}
		if _, err := q.Enqueue(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	held := q.Stats().Delayed
	perMessage := float64(heapInUse()-before) / float64(n)
	late := make([]time.Duration, 0, n)
	for range n {
		d, err := q.Dequeue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if now.Before(d.Payload.due) {
			t.Fatalf("%v early", d.Payload.due.Sub(now))
		}
		late = append(late, now.Sub(d.Payload.due))
		if err := d.Ack(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(late)
	t.Logf("%d delays: p50 %v, p99 %v late; with %d delayed %.0f B a message, %d of which are the message",
		n, late[n/2], late[n*99/100], held, perMessage, reflect.TypeFor[pitboss.Message[delayed]]().Size())
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
