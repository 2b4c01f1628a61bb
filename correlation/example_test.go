package correlation_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/pitboss-dev/pitboss/correlation"
)

// An ID enters at the edge, as its sender made it or fresh, and goes along in
// the context and in a message's headers.
func Example() {
	ctx := correlation.With(context.Background(), correlation.Accept("click-17"))

	// What is sent carries the ID in a field of its own, the trace in its headers.
	id, headers := correlation.From(ctx), correlation.Headers(ctx, nil)

	// Another goroutine, or another process, takes the message.
	work := correlation.FromMessage(context.Background(), id, headers)
	fmt.Println(correlation.From(work))

	fmt.Println(correlation.WellFormed(correlation.Accept("two words")), correlation.Accept("two words") != "two words")
	// Output:
	// click-17
	// true true
}

// Every line of a log tells which cause it belongs to.
func ExampleLogHandler() {
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{} // for the example's sake
		}
		return a
	}})
	log := slog.New(correlation.LogHandler(text))

	ctx := correlation.With(context.Background(), "click-17")
	ctx = correlation.WithTrace(ctx, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	log.InfoContext(ctx, "piece played", "seat", 2)
	log.WithGroup("room").InfoContext(ctx, "turn over", "id", "table-7")
	// Output:
	// level=INFO msg="piece played" seat=2 correlation_id=click-17 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7
	// level=INFO msg="turn over" correlation_id=click-17 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 room.id=table-7
}

// Work that outlives its request goes on in the request's name. Whoever owns
// the group waits for it.
func ExampleGo() {
	var background sync.WaitGroup
	request, done := context.WithCancel(correlation.With(context.Background(), "click-17"))

	correlation.Go(request, &background, func(ctx context.Context) {
		fmt.Println("archived for", correlation.From(ctx), ctx.Err())
	})
	done() // the request is answered
	background.Wait()
	// Output: archived for click-17 <nil>
}
