package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/console"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/monitor/scrape"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/monitor/sysstats"
	"github.com/pitboss-dev/pitboss/monitor/tracing"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
	"github.com/pitboss-dev/pitboss/task"
)

// parts is everything that serve runs, put together.
type parts struct {
	log     *slog.Logger
	store   string
	host    *room.Host
	tasks   *task.Processor
	bus     *eventbus.Bus
	stream  *stream.Stream
	tracer  *tracing.Tracer
	system  *sysstats.Sampler
	visual  *visual.Visual
	dead    *deadLetters
	server  *server.Server
	http    *http.Server
	tables  *tables
	sweeper *sweeper

	hosting, working, serving, playing, telling, burying, streaming, measuring stage
}

// The names of the queues, in metrics and the API.
const (
	commandQueue = "commands"
	taskQueue    = "tasks"
	eventQueue   = "events"
)

// turnTime is how long a seat may take; patience is how long a bot may, when
// nobody watches: a machine that is busy must not change who wins.
const (
	turnTime = 30 * time.Second
	patience = 20 * time.Second
)

func newParts(c config, r *results, log *slog.Logger) (*parts, error) {
	p := &parts{log: log, store: "memory"}
	var err error
	if p.tracer, err = newTracer(log); err != nil {
		return nil, err
	}
	if p.system, err = sysstats.New(sysstats.Config{Log: log}); err != nil {
		return nil, err
	}
	stats := gamestats.New(gamestats.Config{Games: []string{liaptui.Name}, Reasons: server.Reasons()})
	commands, err := queue.NewFIFO(queue.Config[room.Command]{Name: commandQueue, OrderByKey: true})
	if err != nil {
		return nil, err
	}
	if p.visual, err = visual.New(visual.Config{Backlog: commands}); err != nil {
		return nil, err
	}
	// The bus and the stores know each other: what the bus cannot deliver is a
	// dead letter, and a dead letter is an event.
	if p.dead, err = newDeadLetters(stats, p.visual, func(events []event.Event) { p.bus.Publish(events) }); err != nil {
		return nil, err
	}
	if p.stream, err = stream.New(stream.Config{Log: log}); err != nil {
		return nil, err
	}
	p.bus, err = eventbus.New(eventbus.Config{
		Name: eventQueue, Next: p.stream, DeadLetters: p.dead.notices, Grace: c.grace, Log: log,
		Middleware: []pitboss.Middleware[eventbus.Notice]{gamestats.Handler[eventbus.Notice](stats, eventQueue)},
	})
	if err != nil {
		return nil, err
	}
	if _, err = p.bus.Subscribe("log", "+/error/occurred", p.logError); err != nil {
		return nil, err
	}
	for name, handle := range map[string]func(context.Context, *event.Event) error{
		"metrics": stats.Event, "visual": p.visual.Event,
	} {
		if _, err = p.bus.Subscribe(name, "+/error/occurred", handle); err != nil {
			return nil, err
		}
	}
	p.host, err = room.NewHost(room.Config{
		Games:       []room.Rules{liaptui.New(liaptui.Config{ResultsPause: c.pace, TurnTime: turnTime})},
		Queue:       tracing.Queue[room.Command](p.tracer, commandQueue, commands),
		Tracer:      p.roomTracer(),
		Publisher:   p.bus,
		DeadLetters: p.dead.commands,
		Middleware: []pitboss.Middleware[room.Command]{
			tracing.Handler[room.Command](p.tracer, commandQueue), gamestats.Handler[room.Command](stats, commandQueue),
		},
		Log:      log,
		Grace:    c.grace,
		MaxRooms: c.tables + 10_000,
	})
	if err != nil {
		return nil, err
	}
	work, err := queue.NewPriority(queue.Config[task.Work]{
		Name: taskQueue, Dropped: func(d queue.Drop[task.Work]) { p.tasks.Dropped(d) },
	})
	if err != nil {
		return nil, err
	}
	p.tasks, err = task.New(task.Config{
		Name: taskQueue, Queue: tracing.Queue[task.Work](p.tracer, taskQueue, work), Grace: c.grace, DeadLetters: p.dead.tasks,
		Middleware: []pitboss.Middleware[task.Work]{
			tracing.Handler[task.Work](p.tracer, taskQueue), gamestats.Handler[task.Work](stats, taskQueue),
		},
		OnError: func(ctx context.Context, err error) { log.ErrorContext(ctx, "tasks", "error", err) },
		Observer: func(ctx context.Context, r task.Report) {
			stats.Task(ctx, r)
			p.publishTask(ctx, r)
			p.tables.told(ctx, r)
		},
	})
	if err != nil {
		return nil, err
	}
	p.dead.commands.AddOrigin(commandQueue, deadletter.Into(p.host.Queue()))
	p.dead.tasks.AddOrigin(taskQueue, deadletter.Into(p.tasks.Queue()))
	p.dead.notices.AddOrigin(eventQueue, deadletter.Into(p.bus.Queue()))
	bots := liaptui.BotsConfig{Tasks: p.tasks, Submit: p.host.Submit, Think: c.pace, Log: log}
	if c.pace == 0 {
		bots.Deadline = patience
	}
	players, err := liaptui.NewBots(bots)
	if err != nil {
		return nil, err
	}
	if p.tables, err = newTables(c, p.host, p.tasks, r, stats.Latency(), log); err != nil {
		return nil, err
	}
	if p.sweeper, err = newSweeper(p.host, p.tasks, log); err != nil {
		return nil, err
	}
	// Bots first: the sooner they think, the better. What is measured includes
	// all others.
	p.host.Observe(players)
	p.host.Observe(p.tables)
	p.host.Observe(stats)
	p.host.Observe(p.visual)
	if err := p.newServer(c, stats); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *parts) newServer(c config, stats *gamestats.Stats) error {
	registry := prometheus.NewRegistry()
	err := errors.Join(
		registry.Register(collectors.NewGoCollector(
			collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsScheduler, collectors.MetricsGC))),
		registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		registry.Register(stats),
		registry.Register(gamestats.Stream(p.stream.Stats)),
		registry.Register(p.system),
		registry.Register(p.visual),
		registry.Register(buildInfo()),
	)
	var queues []server.Queue
	for _, q := range []server.Queue{
		{Name: commandQueue, Stats: statsOf(p.host.Queue())},
		{Name: taskQueue, Stats: statsOf(p.tasks.Queue())},
		{Name: eventQueue, Stats: statsOf(p.bus.Queue())},
	} {
		if q.Stats != nil {
			queues = append(queues, q)
			err = errors.Join(err, stats.Queue(q.Name, q.Stats))
		}
	}
	if err != nil {
		return err
	}
	metrics, err := scrape.Handler(scrape.Config{Registry: registry, Log: p.log})
	if err != nil {
		return err
	}
	p.server, err = server.New(server.Config{
		Host:        p.host,
		Strengths:   []string{"normal", "easy", "hard"},
		Reserved:    tablePrefix,
		Metrics:     metrics,
		Visual:      p.visual,
		Console:     console.Handler(),
		Queues:      queues,
		DeadLetters: p.dead.archive(),
		Stream:      p.stream,
		Publisher:   p.bus,
		Parts:       p.health(),
		Version:     versionName(),
		Store:       p.store,
		AdminToken:  c.adminToken,
		Meter:       stats,
		Tracer:      p.frameTracer(),
		System:      func() any { return p.system.Snapshot() },
		Collect:     sysstats.CollectGarbage(),
		Log:         p.log,
	})
	return err
}

// logError tells of faults that have no caller.
func (p *parts) logError(ctx context.Context, e *event.Event) error {
	p.log.ErrorContext(ctx, "fault", "room", e.Room, "game", e.Game, "data", e.Data)
	return nil
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
func (p *parts) health() []server.Part {
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
	return []server.Part{
		{Name: "store", Detail: p.store},
		{Name: "rooms", Check: running(&p.hosting)},
		{Name: "tasks", Check: running(&p.working)},
		{Name: "events", Check: running(&p.telling)},
		{Name: "stream", Check: running(&p.streaming)},
	}
}

// closeQueues discards what nobody waits for any more: timers, bots' moves.
func (p *parts) closeQueues() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	var failed error
	for _, closeQueue := range []func(context.Context) error{p.tasks.Queue().Close, p.host.Queue().Close, p.bus.Queue().Close} {
		if err := closeQueue(now); err != nil && !errors.Is(err, pitboss.ErrUndrained) && !errors.Is(err, context.Canceled) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
