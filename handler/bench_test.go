package handler_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// BenchmarkConsumer is the whole path of a message: enqueue, dequeue, handler
// in its middleware, ack.
func BenchmarkConsumer(b *testing.B) {
	type step struct{ seat, piece int }
	plain := func(h pitboss.Handler[step]) pitboss.Handler[step] { return h }
	full := func(h pitboss.Handler[step]) pitboss.Handler[step] {
		return handler.Chain(h, handler.Recover, handler.Timeout[step](time.Second))
	}
	for _, bb := range []struct {
		name        string
		wrap        func(pitboss.Handler[step]) pitboss.Handler[step]
		order       handler.Order
		concurrency int
		prefetch    int
		correlation string
	}{
		{"bare", plain, handler.AnyOrder, 1, 1, ""},
		{"recover+timeout", full, handler.AnyOrder, 1, 1, ""},
		{"recover+timeout/by-key", full, handler.ByKey, 1, 1, ""},
		{"recover+timeout/by-key/8-workers", full, handler.ByKey, 8, 1, ""},
		{"recover+timeout/by-key/8-workers/prefetch-16", full, handler.ByKey, 8, 16, ""},
		{"recover+timeout/by-key/8-workers/correlated", full, handler.ByKey, 8, 1, "c1"},
		{"recover+timeout/8-workers/prefetch-16", full, handler.AnyOrder, 8, 16, ""},
	} {
		b.Run(bb.name, func(b *testing.B) {
			q, err := queue.NewFIFO(queue.Config[step]{Capacity: 4096, Overflow: queue.Block})
			if err != nil {
				b.Fatal(err)
			}
			var keys [256]string
			for i := range keys {
				keys[i] = fmt.Sprint("room-", i)
			}
			var wg sync.WaitGroup
			stop := running(b, handler.Consumer[step]{
				Queue: q, Concurrency: bb.concurrency, Prefetch: bb.prefetch, Order: bb.order,
				Handler: bb.wrap(func(context.Context, *pitboss.Delivery[step]) error {
					wg.Done()
					return nil
				}),
			}.Run)
			ctx := context.Background()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				wg.Add(1)
				if _, err := q.Enqueue(ctx, pitboss.Message[step]{Payload: step{i, i}, Key: keys[i%len(keys)], CorrelationID: bb.correlation}); err != nil {
					b.Fatal(err)
				}
				i++
			}
			wg.Wait()
			b.StopTimer()
			if err := stop(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkQuietKey is how long a key's message, one every half millisecond,
// waits for its handler: on an idle consumer, and beside a key that keeps
// 100,000 messages of 20 µs each in the queue.
func BenchmarkQuietKey(b *testing.B) {
	const flood = 100_000
	for _, flooded := range []bool{false, true} {
		b.Run(fmt.Sprintf("flooded=%v", flooded), func(b *testing.B) {
			q, err := queue.NewFIFO(queue.Config[time.Time]{OrderByKey: true})
			if err != nil {
				b.Fatal(err)
			}
			handled := make(chan time.Duration)
			var left atomic.Int64
			stop := running(b, handler.Consumer[time.Time]{
				Queue: q, Order: handler.ByKey, Concurrency: 8,
				Handler: func(_ context.Context, d *pitboss.Delivery[time.Time]) error {
					if d.Key == "quiet" {
						handled <- time.Since(d.Payload)
						return nil
					}
					left.Add(-1)
					rounds := 0
					for start := time.Now(); time.Since(start) < 20*time.Microsecond; {
						rounds++ // works, for all the queue can tell
					}
					return nil
				},
			}.Run)
			ctx := context.Background()
			var waits []time.Duration
			pace := time.NewTicker(500 * time.Microsecond)
			defer pace.Stop()
			for b.Loop() {
				<-pace.C
				for flooded && left.Load() < flood {
					left.Add(1)
					if _, err := q.Enqueue(ctx, pitboss.Message[time.Time]{Key: "flood"}); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := q.Enqueue(ctx, pitboss.Message[time.Time]{Key: "quiet", Payload: time.Now()}); err != nil {
					b.Fatal(err)
				}
				waits = append(waits, <-handled)
			}
			slices.Sort(waits)
			b.ReportMetric(float64(waits[len(waits)/2]), "p50-ns")
			b.ReportMetric(float64(waits[len(waits)*99/100]), "p99-ns")
			b.ReportMetric(0, "ns/op")
			q.Clear()
			if err := stop(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
