package tracing_test

import (
	"context"
	"fmt"
	"log"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/queue"
)

func Example() {
	ctx := context.Background()
	// OTEL_EXPORTER_OTLP_ENDPOINT says where spans go; without it nothing is
	// traced.
	tracer, err := tracing.New(ctx, tracing.Config{Service: "lobby"})
	if err != nil {
		log.Fatal(err)
	}
	memory, err := queue.NewFIFO(queue.Config[string]{Name: "moves"})
	if err != nil {
		log.Fatal(err)
	}
	moves := tracing.Queue(tracer, "moves", pitboss.Queue[string](memory))

	play := func(ctx context.Context, d *pitboss.Delivery[string]) error {
		_, end := tracer.Begin(ctx, "decide")
		defer end(nil)
		fmt.Println(d.Payload)
		return nil
	}
	consumer := handler.Consumer[string]{
		Queue:   moves,
		Handler: handler.Chain(play, tracing.Handler[string](tracer, "moves")),
	}
	if _, err := moves.Enqueue(ctx, pitboss.Message[string]{Payload: "HORSE_RED"}); err != nil {
		log.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- consumer.Run(ctx) }()
	fmt.Println(moves.Close(ctx), <-ended)
	fmt.Println(tracer.Shutdown(ctx))
	// Output:
	// HORSE_RED
	// <nil> <nil>
	// <nil>
}
