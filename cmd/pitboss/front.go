package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/console"
	"github.com/pitboss-dev/pitboss/monitor"
	"github.com/pitboss-dev/pitboss/monitor/sysstats"
	"github.com/pitboss-dev/pitboss/server"
)

// newServer makes what others see of it all: HTTP, WebSockets and the console.
func (p *parts) newServer(c config) error {
	// The bus delivers from a queue of its own, which only has to be watched.
	_, err := monitor.Queue(p.monitor, eventQueue, p.bus.Queue())
	if err := errors.Join(err, p.monitor.Registry().Register(buildInfo())); err != nil {
		return err
	}
	site, err := console.New()
	if err != nil {
		return err
	}
	var queues []server.Queue
	for _, q := range []server.Queue{
		{Name: commandQueue, Stats: statsOf(p.host.Queue()), Consumers: consumers("rooms", p.workers())},
		{Name: taskQueue, Stats: statsOf(p.tasks.Queue()), Consumers: consumers("background tasks", 0)},
		{Name: eventQueue, Stats: statsOf(p.bus.Queue()), Consumers: consumers("subscribers to events", 0)},
	} {
		if q.Stats != nil {
			queues = append(queues, q)
		}
	}
	p.server, err = server.New(server.Config{
		Host:        p.host,
		Strengths:   []string{"normal", "easy", "hard"},
		Reserved:    tablePrefix,
		Metrics:     p.monitor.Metrics(),
		Visual:      p.monitor.Visual(),
		Console:     site,
		Queues:      queues,
		DeadLetters: p.dead.archive(),
		Stream:      p.monitor.Stream(),
		Publisher:   p.bus,
		Pass:        p.pass(c),
		Nodes:       p.nodes(),
		Parts:       p.health(storeName(c.store)),
		Version:     versionName(),
		Instance:    c.instance,
		Environment: c.environment,
		Store:       storeName(c.store),
		Durability:  p.store.durability().String(),
		AdminToken:  c.adminToken,
		Meter:       p.monitor,
		Tracer:      p.frameTracer(),
		System:      p.systemStatus(),
		Monitor:     func() any { return p.monitor.Status() },
		Collect:     sysstats.CollectGarbage(),
		Dashboards:  http.HandlerFunc(dashboardsArchive),
		Log:         p.log,
	})
	return err
}

// consumers is the one kind of consumer that each of our queues has.
func consumers(name string, workers int) []server.Consumer {
	return []server.Consumer{{Name: name, Workers: cmp.Or(workers, runtime.GOMAXPROCS(0))}}
}

// statsOf returns what a queue tells of itself, or nil.
func statsOf[T any](q pitboss.Queue[T]) func() pitboss.Stats {
	if inspector, ok := q.(pitboss.Inspector[T]); ok {
		return inspector.Stats
	}
	return nil
}

func buildInfo() prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "pitboss_build_info", Help: "Which build this is; always 1.",
		ConstLabels: prometheus.Labels{"version": versionName(), "goversion": runtime.Version()},
	})
	g.Set(1)
	return g
}

// health is what /readyz shows: a part that has ended is not ready.
func (p *parts) health(store string) []server.Part {
	running := func(s *stage) func(context.Context) error {
		return func(context.Context) error {
			select {
			case <-s.ended:
				return errors.New("not running")
			default:
				return nil
			}
		}
	}
	parts := []server.Part{
		{Name: "store", Detail: store, Check: p.store.check},
		{Name: "rooms", Check: running(&p.hosting)},
		{Name: "tasks", Check: running(&p.working)},
		{Name: "events", Check: running(&p.telling)},
		{Name: "monitor", Check: running(&p.watching)},
	}
	if p.division != nil {
		parts = append(parts, server.Part{Name: "membership", Check: p.division.check})
	}
	return parts
}
