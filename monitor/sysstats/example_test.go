package sysstats_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pitboss-dev/pitboss/monitor/sysstats"
)

func Example() {
	system, err := sysstats.New(sysstats.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(system,
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsScheduler, collectors.MetricsGC)))
	http.Handle("POST /admin/gc", sysstats.CollectGarbage()) // behind a check of who asks

	ctx, stop := context.WithCancel(context.Background())
	stop() // a program would stop when it ends
	fmt.Println(system.Run(ctx), system.Snapshot().Goroutines > 0)
	// Output: <nil> true
}
