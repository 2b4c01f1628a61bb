package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
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
	store   *store
	host    *room.Host
	tasks   *task.Processor
	bus     *eventbus.Bus
	monitor *monitor.Monitor
	dead    *deadLetters
	server  *server.Server
	http    *http.Server
	tables  *tables
	sweeper *sweeper
	events  sync.Pool // of slices of events, still empty

	division *division // nil: all rooms are here
	passing  *passing  // likewise

	hosting, working, serving, playing, dividing, mending, telling, burying, watching stage
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

// storeWorkers is how many rooms decide at the same time where each waits for a
// store to write: what waits needs no processor.
const storeWorkers = 64

// games are those that rooms can be opened with.
func games(c config) []room.Rules {
	return []room.Rules{liaptui.New(liaptui.Config{ResultsPause: c.pace, TurnTime: turnTime})}
}

func newParts(ctx context.Context, c config, kept *store, r *results, log *slog.Logger) (*parts, error) {
	p := &parts{log: log, store: kept}
	p.division = kept.divided(c, p, log)
	p.events.New = func() any { return new([]event.Event) }
	commands, err := queue.NewFIFO(queue.Config[room.Command]{Name: commandQueue, OrderByKey: true})
	if err != nil {
		return nil, err
	}
	if err := p.newMonitor(ctx, c, commands); err != nil {
		return nil, &usageError{err} // of an OTEL_* variable: all else is ours
	}
	// The bus and the stores know each other: what the bus cannot deliver is a
	// dead letter, and a dead letter is an event.
	if p.dead, err = newDeadLetters(ctx, p); err != nil {
		return nil, err
	}
	if err := p.newBus(ctx, c); err != nil {
		return nil, err
	}
	if err := p.newHost(c, commands); err != nil {
		return nil, err
	}
	if p.tasks, err = p.newTasks(c); err != nil {
		return nil, err
	}
	p.dead.commands.AddOrigin(commandQueue, deadletter.Into(p.host.Queue()))
	p.dead.tasks.AddOrigin(taskQueue, deadletter.Into(p.tasks.Queue()))
	p.dead.notices.AddOrigin(eventQueue, deadletter.Into(p.bus.Queue()))
	players, err := p.newBots(c)
	if err != nil {
		return nil, err
	}
	if p.tables, err = newTables(c, p.host, p.tasks, r, p.latency(), p.runs(), log); err != nil {
		return nil, err
	}
	if p.sweeper, err = newSweeper(p.host, p.tasks, cmp.Or(c.keep, keepClosed), log); err != nil {
		return nil, err
	}
	// Bots first: the sooner they think, the better. What is measured includes
	// all others.
	p.host.Observe(players)
	p.host.Observe(p.tables)
	p.host.Observe(p.monitor)
	if err := p.newServer(c); err != nil {
		return nil, err
	}
	if p.division != nil { // what it is to have comes when it is a member
		return p, nil
	}
	if err := p.recover(ctx); err != nil {
		return nil, err
	}
	if err := p.dead.load(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *parts) newMonitor(ctx context.Context, c config, commands *queue.Memory[room.Command]) (err error) {
	p.monitor, err = monitor.New(ctx, monitor.Config{
		Off:     c.unwatched,
		Stats:   gamestats.Config{Games: []string{liaptui.Name}, Reasons: server.Reasons()},
		Visual:  visual.Config{Backlog: commands, Owners: p.division, BotTasks: []string{liaptui.BotTask}},
		Tracing: tracing.Config{Version: versionName()},
		Log:     p.log,
	})
	return err
}

// newBus makes the bus of events and tells it who wants which.
func (p *parts) newBus(ctx context.Context, c config) (err error) {
	p.bus, err = eventbus.New(eventbus.Config{
		Name: eventQueue, Next: p.monitor, DeadLetters: p.dead.notices, Grace: c.grace, Log: p.log,
		Middleware: []pitboss.Middleware[eventbus.Notice]{monitor.Handler[eventbus.Notice](p.monitor, eventQueue)},
	})
	if err != nil {
		return err
	}
	for _, pattern := range []string{"+/error/occurred", "+/player/disconnected", "+/player/reconnected", "+/game/#"} {
		if _, err := p.bus.Subscribe("log", pattern, p.logEvent); err != nil {
			return err
		}
	}
	if _, err := p.bus.Subscribe("monitor", "+/error/occurred", p.monitor.Event); err != nil {
		return err
	}
	if !c.faults.on() {
		return nil
	}
	p.log.WarnContext(ctx, "faults are injected: this server is for trials")
	_, err = p.bus.Subscribe("faults", "+/game/ended", c.faults.event)
	return err
}

func (p *parts) newHost(c config, commands *queue.Memory[room.Command]) error {
	watched, err := monitor.Queue(p.monitor, commandQueue, pitboss.Queue[room.Command](commands))
	if err != nil {
		return err
	}
	p.host, err = room.NewHost(room.Config{
		Games:       games(c),
		Queue:       watched,
		Journal:     p.store.journal,
		Holds:       p.division.holds,
		Hold:        p.division.hold,
		Keep:        func(room string) bool { return p.tables.keeps(room) },
		Workers:     p.workers(),
		Tracer:      p.monitor.RoomTracer(),
		Publisher:   p.bus,
		DeadLetters: p.dead.commands,
		Middleware:  []pitboss.Middleware[room.Command]{monitor.Handler[room.Command](p.monitor, commandQueue)},
		Log:         p.log,
		Grace:       c.grace,
		MaxRooms:    c.tables + 10_000,

		RetainFinished: c.keepRooms,
		RetainBytes:    int64(c.keepMiB) << 20,
	})
	return err
}

func (p *parts) newBots(c config) (*liaptui.Bots, error) {
	bots := liaptui.BotsConfig{Tasks: p.tasks, Submit: p.host.Submit, Think: c.pace, Log: p.log}
	switch {
	case c.faults.on():
		bots.Deadline = faultDeadline
	case c.pace == 0:
		bots.Deadline = patience
	}
	return liaptui.NewBots(bots)
}

// latency is what the monitor knows of how long actions take.
func (p *parts) latency() *gamestats.Latency {
	if stats := p.monitor.Stats(); stats != nil {
		return stats.Latency()
	}
	return new(gamestats.Latency)
}

// runs is who shares the games of a run.
func (p *parts) runs() tableParts {
	if p.division != nil {
		return &dividedRuns{division: p.division}
	}
	return new(undivided)
}

// recover goes on with the rooms of the store.
func (p *parts) recover(ctx context.Context) error {
	begin := time.Now()
	found, err := p.host.Recover(ctx)
	if err != nil {
		return err
	}
	p.recovered(ctx, &found, time.Since(begin))
	if err := p.tables.take(ctx, []int{0}, found); err != nil {
		return err
	}
	p.tables.start([]int{0})
	return nil
}

func (p *parts) recovered(ctx context.Context, found *room.Recovered, took time.Duration) {
	if found.Events > 0 {
		p.log.InfoContext(ctx, "rooms recovered", "open", len(found.Open), "closed", len(found.Closed),
			"events", found.Events, "took", took)
	}
}

// newTasks makes the processor of background tasks.
func (p *parts) newTasks(c config) (*task.Processor, error) {
	memory, err := queue.NewPriority(queue.Config[task.Work]{
		Name: taskQueue, Dropped: func(d queue.Drop[task.Work]) { p.tasks.Dropped(d) },
	})
	if err != nil {
		return nil, err
	}
	work, err := monitor.Queue(p.monitor, taskQueue, pitboss.Queue[task.Work](memory))
	if err != nil {
		return nil, err
	}
	return task.New(task.Config{
		Name: taskQueue, Queue: work, Grace: c.grace, DeadLetters: p.dead.tasks,
		Middleware: c.faults.handlers(monitor.Handler[task.Work](p.monitor, taskQueue)), Retry: c.faults.retry(),
		OnError: func(ctx context.Context, err error) { p.log.ErrorContext(ctx, "tasks", "error", err) },
		Observer: func(ctx context.Context, r task.Report) {
			p.monitor.Task(ctx, r)
			p.publishTask(ctx, r)
			p.tables.told(ctx, r)
		},
	})
}

// logEvent tells of faults, which have no caller, and of players and games that
// come and go.
func (p *parts) logEvent(ctx context.Context, e *event.Event) error {
	level := slog.LevelDebug
	if e.Type == event.ErrorOccurred {
		level = slog.LevelError
	}
	p.log.Log(ctx, level, "event", "type", e.Type, "room", e.Room, "game", e.Game, "player", e.Player, "data", e.Data)
	return nil
}

// workers is how many rooms decide at a time; zero: one per processor.
func (p *parts) workers() int {
	if p.store.lasting() {
		return storeWorkers
	}
	return 0
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
