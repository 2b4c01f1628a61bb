package bench

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// BenchmarkConsumer is a message's whole way through a running consumer with
// recover and timeout around the handler.
//
//   - watermill is its router over GoChannel, with the same two middlewares. It
//     keeps no order by key.
//   - pitboss keeps order by key: 64 keys, two workers.
func BenchmarkConsumer(b *testing.B) {
	b.Run("impl=pitboss", consumerPitboss)
	b.Run("impl=watermill", consumerWatermill)
}

// tables are the keys, made in advance on both sides.
var tables = func() (names [64]string) {
	for i := range names {
		names[i] = "table-" + strconv.Itoa(i)
	}
	return names
}()

func consumerPitboss(b *testing.B) {
	b.ReportAllocs()
	q, err := queue.NewFIFO(queue.Config[action]{Capacity: window, Overflow: queue.Block})
	if err != nil {
		b.Fatal(err)
	}
	var handled atomic.Int64
	last, want := make(chan struct{}), int64(b.N)
	consumer := handler.Consumer[action]{
		Queue: q, Order: handler.ByKey, Concurrency: 2,
		Handler: handler.Chain(func(context.Context, *pitboss.Delivery[action]) error {
			if handled.Add(1) == want {
				close(last)
			}
			return nil
		}, handler.Recover[action], handler.Timeout[action](time.Second)),
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(ctx) }()
	b.ResetTimer()
	for i := range b.N {
		if _, err := q.Enqueue(ctx, pitboss.Message[action]{Payload: move, Key: tables[i%len(tables)]}); err != nil {
			b.Fatal(err)
		}
	}
	<-last
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

func consumerWatermill(b *testing.B) {
	b.ReportAllocs()
	const topic = "moves"
	pubsub := gochannel.NewGoChannel(gochannel.Config{OutputChannelBuffer: window}, watermill.NopLogger{})
	router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	if err != nil {
		b.Fatal(err)
	}
	router.AddMiddleware(middleware.Recoverer, middleware.Timeout(time.Second))
	var handled atomic.Int64
	last, want := make(chan struct{}), int64(b.N)
	room := make(chan struct{}, window)
	router.AddConsumerHandler("moves", topic, pubsub, func(*message.Message) error {
		<-room
		if handled.Add(1) == want {
			close(last)
		}
		return nil
	})
	ended := make(chan error, 1)
	go func() { ended <- router.Run(b.Context()) }()
	<-router.Running()
	payload := make([]byte, 80)
	b.ResetTimer()
	for range b.N {
		room <- struct{}{}
		if err := pubsub.Publish(topic, message.NewMessage("", payload)); err != nil {
			b.Fatal(err)
		}
	}
	<-last
	b.StopTimer()
	if err := router.Close(); err != nil {
		b.Fatal(err)
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
