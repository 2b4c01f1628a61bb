package scrape_test

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/scrape"
)

// The metrics of games, for Prometheus.
func ExampleHandler() {
	stats := gamestats.New(gamestats.Config{Games: []string{"liaptui"}})
	registry := prometheus.NewRegistry()
	registry.MustRegister(stats)
	metrics, err := scrape.Handler(scrape.Config{Registry: registry})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	answer := get(mux)
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	// Output: 200 text/plain; version=0.0.4; charset=utf-8; escaping=underscores
}
