package gamestats_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/room"
)

// The games of a host, played and counted.
func Example() {
	stats := gamestats.New(gamestats.Config{Games: []string{"nim"}})
	registry := prometheus.NewRegistry()
	registry.MustRegister(stats)
	host, err := room.NewHost(room.Config{Games: []room.Rules{nim()}, Observers: []room.Observer{stats}})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	if _, err := host.Create(ctx, room.Spec{ID: "table-1", Game: "nim", Bots: 2}); err != nil {
		panic(err)
	}
	for taken := range 3 { // as bots would
		if _, err := host.Do(ctx, room.Command{Room: "table-1", Type: "take", Seat: taken % 2, By: room.Bot}); err != nil {
			panic(err)
		}
	}
	stop()
	<-ended // everything has been counted now
	_ = host.Queue().Close(ctx)

	scraped(registry, "pitboss_games_completed_total", "pitboss_player_wins_total", "pitboss_player_actions_total")
	// Output:
	// pitboss_games_completed_total{game="nim"} 1
	// pitboss_player_actions_total{action="take",player_type="bot",result="accepted"} 3
	// pitboss_player_actions_total{action="take",player_type="bot",result="rejected"} 0
	// pitboss_player_wins_total{player_type="bot"} 1
	// pitboss_player_wins_total{player_type="human"} 0
}

// A queue and its handler, measured from outside.
func ExampleHandler() {
	stats := gamestats.New(gamestats.Config{})
	registry := prometheus.NewRegistry()
	registry.MustRegister(stats)
	moves, err := queue.NewFIFO(queue.Config[string]{})
	if err != nil {
		panic(err)
	}
	if err := stats.Queue("moves", moves.Stats); err != nil {
		panic(err)
	}
	play := func(context.Context, *pitboss.Delivery[string]) error { return nil }
	consumer := handler.Consumer[string]{
		Queue: moves, Handler: handler.Chain(play, gamestats.Handler[string](stats, "moves")),
	}
	ctx := context.Background()
	if _, err := moves.Enqueue(ctx, pitboss.Message[string]{Payload: "HORSE_RED"}); err != nil {
		panic(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(ctx) }()
	if err := moves.Close(ctx); err != nil { // once all is handled
		panic(err)
	}
	<-ended

	scraped(registry, "pitboss_queue_messages_total{outcome=\"acked\"", "pitboss_handler_duration_seconds_count")
	// Output:
	// pitboss_handler_duration_seconds_count{queue="moves",result="error"} 0
	// pitboss_handler_duration_seconds_count{queue="moves",result="ok"} 1
	// pitboss_queue_messages_total{outcome="acked",queue="moves"} 1
}

// scraped prints the series that begin so, as a scraper would see them.
func scraped(registry *prometheus.Registry, names ...string) {
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(page.Body.String()) {
		for _, name := range names {
			if strings.HasPrefix(line, name) {
				fmt.Print(line)
			}
		}
	}
}
