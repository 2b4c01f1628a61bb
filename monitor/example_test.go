package monitor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/monitor"
	"github.com/pitboss-dev/pitboss/queue"
)

// A queue, its handler and what happens, watched without their knowing.
func Example() {
	ctx := context.Background()
	m, err := monitor.New(ctx, monitor.Config{Off: monitor.System})
	if err != nil {
		fmt.Println(err)
		return
	}
	memory, err := queue.NewFIFO(queue.Config[string]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	moves, err := monitor.Queue(m, "moves", pitboss.Queue[string](memory))
	if err != nil {
		fmt.Println(err)
		return
	}
	consumer := handler.Consumer[string]{
		Queue: moves,
		Handler: handler.Chain(func(_ context.Context, d *pitboss.Delivery[string]) error {
			m.Publish([]event.Event{{Type: event.PiecePlayed, Room: "one", Player: d.Payload}})
			return nil
		}, monitor.Handler[string](m, "moves")),
	}
	if _, err := moves.Enqueue(ctx, pitboss.Message[string]{Payload: "ann"}); err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan error, 1)
	go func() { done <- consumer.Run(ctx) }()
	if err := moves.Close(ctx); err != nil {
		fmt.Println(err)
	}
	<-done

	page := httptest.NewRecorder()
	m.Metrics().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, "pitboss_queue_messages_total") && strings.Contains(line, `"acked"`) ||
			strings.HasPrefix(line, "pitboss_events_total") && strings.Contains(line, "piece.played") {
			fmt.Print(line)
		}
	}
	// Unordered output:
	// pitboss_queue_messages_total{outcome="acked",queue="moves"} 1
	// pitboss_events_total{type="piece.played"} 1
}
