package queue

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/pitboss-dev/pitboss"
)

// The bare channel carries the same message struct and has the same capacity.
const benchCapacity = 1024

type benchMessage = pitboss.Message[int]

// share splits n over k goroutines and waits for them.
func share(wg *sync.WaitGroup, n, k int, do func(n int)) {
	for i := range k {
		part := n / k
		if i < n%k {
			part++
		}
		wg.Go(func() { do(part) })
	}
}

func benchChannel(b *testing.B, workers, n int) {
	c := make(chan benchMessage, benchCapacity)
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	share(&wg, n, workers, func(n int) {
		for i := range n {
			c <- benchMessage{Payload: i}
		}
	})
	share(&wg, n, workers, func(n int) {
		for range n {
			<-c
		}
	})
	wg.Wait()
}

func benchQueue(b *testing.B, workers, n int) {
	q, _ := NewFIFO(Config[int]{Capacity: benchCapacity, Overflow: Block})
	ctx := context.Background()
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	share(&wg, n, workers, func(n int) {
		for i := range n {
			if _, err := q.Enqueue(ctx, benchMessage{Payload: i}); err != nil {
				panic(err)
			}
		}
	})
	share(&wg, n, workers, func(n int) {
		for range n {
			d, err := q.Dequeue(ctx)
			if err != nil || d.Ack() != nil {
				panic(err)
			}
		}
	})
	wg.Wait()
}

func benchBatches(b *testing.B, workers, n int) {
	const size = 64
	q, _ := NewFIFO(Config[int]{Capacity: benchCapacity, Overflow: Block})
	ctx := context.Background()
	var wg, consumers sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	share(&wg, n, workers, func(n int) {
		var batch [size]benchMessage
		for i := 0; i < n; i += size {
			if _, err := q.EnqueueBatch(ctx, batch[:min(size, n-i)]); err != nil {
				panic(err)
			}
		}
	})
	share(&consumers, n, workers, func(int) {
		var batch [size]pitboss.Delivery[int]
		for {
			got, err := q.DequeueBatch(ctx, batch[:])
			if err != nil {
				return
			}
			if err := pitboss.AckBatch(batch[:got]); err != nil {
				panic(err)
			}
		}
	})
	wg.Wait()
	if err := q.Close(ctx); err != nil {
		b.Fatal(err)
	}
	consumers.Wait()
}

// BenchmarkThroughput: enqueue, dequeue and acknowledge, against a bare channel.
func BenchmarkThroughput(b *testing.B) {
	for _, workers := range []int{1, 4} {
		b.Run(fmt.Sprintf("workers=%d/channel", workers), func(b *testing.B) { benchChannel(b, workers, b.N) })
		b.Run(fmt.Sprintf("workers=%d/queue", workers), func(b *testing.B) { benchQueue(b, workers, b.N) })
		b.Run(fmt.Sprintf("workers=%d/batches", workers), func(b *testing.B) { benchBatches(b, workers, b.N) })
	}
}

func BenchmarkUncontended(b *testing.B) {
	q, _ := NewFIFO(Config[int]{})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		q.Enqueue(ctx, benchMessage{})
		d, _ := q.Dequeue(ctx)
		d.Ack()
	}
}
func BenchmarkUncontendedChannel(b *testing.B) {
	c := make(chan benchMessage, benchCapacity)
	for b.Loop() {
		c <- benchMessage{}
		<-c
	}
}

func BenchmarkBatchUncontended(b *testing.B) {
	q, _ := NewFIFO(Config[int]{})
	ctx := context.Background()
	b.ReportAllocs()
	var in [64]benchMessage
	var out [64]pitboss.Delivery[int]
	for i := 0; i < b.N; i += 64 {
		q.EnqueueBatch(ctx, in[:])
		n, _ := q.DequeueBatch(ctx, out[:])
		pitboss.AckBatch(out[:n])
	}
}
