package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// deadLetters keeps what the consumers gave up on, in a store per type of
// message.
type deadLetters struct {
	commands *deadletter.Store[room.Command]
	tasks    *deadletter.Store[task.Work]
	notices  *deadletter.Store[eventbus.Notice]
}

// newDeadLetters makes the stores, in p's store where that outlives the process;
// what they held before comes with load. Their changes are counted; new entries are
// published. Only tasks can be edited: commands and events are tied to who sent
// them.
func newDeadLetters(ctx context.Context, p *parts) (*deadLetters, error) {
	records := make(map[string]deadletter.Records, 3)
	for _, queue := range []string{commandQueue, taskQueue, eventQueue} {
		kept, err := p.store.deadLetters(ctx, queue)
		if err != nil {
			return nil, err
		}
		records[queue] = kept
	}
	told := func(ctx context.Context, c deadletter.Change) {
		p.monitor.DeadLetter(ctx, c)
		if c.Kind == deadletter.Put || c.Kind == deadletter.CameBack {
			p.bus.Publish([]event.Event{deadLettered(&c.Entry)})
		}
	}
	var (
		d    deadLetters
		errs [3]error
	)
	scope := "" // alone, a process needs none
	if p.division != nil {
		scope = strings.ToLower(rand.Text()[:8])
	}
	d.commands, errs[0] = deadletter.New(deadletter.Config[room.Command]{
		Observer: told, Records: records[commandQueue], Scope: scope,
		Decode: func(text []byte) (room.Command, error) { return p.host.DecodeCommand(text) },
	})
	d.tasks, errs[1] = deadletter.New(deadletter.Config[task.Work]{
		Observer: told, Records: records[taskQueue], Scope: scope,
		Decode: func(text []byte) (task.Work, error) { return p.tasks.Edit(task.Work{}, text) },
		Edit:   func(old task.Work, text []byte) (task.Work, error) { return p.tasks.Edit(old, text) },
	})
	// An event that cannot be delivered must not make another one.
	d.notices, errs[2] = deadletter.New(deadletter.Config[eventbus.Notice]{
		Observer: p.monitor.DeadLetter, Records: records[eventQueue], Scope: scope,
		Decode: func(text []byte) (eventbus.Notice, error) { return p.bus.DecodeNotice(text) },
	})
	return &d, errors.Join(errs[:]...)
}

// load takes in what the stores held before the process started. Rooms and tasks
// have to be there by then, because payloads are theirs to decode.
func (d *deadLetters) load(ctx context.Context) error {
	return errors.Join(d.commands.Load(ctx), d.tasks.Load(ctx), d.notices.Load(ctx))
}

// take takes in those of rooms that are here from now on, and give lets them go.
func (d *deadLetters) take(ctx context.Context, mine func(room string) bool) error {
	return errors.Join(d.commands.Take(ctx, mine), d.tasks.Take(ctx, mine), d.notices.Take(ctx, mine))
}

func (d *deadLetters) give(ctx context.Context, leaving func(room string) bool) error {
	return errors.Join(d.commands.Give(ctx, leaving), d.tasks.Give(ctx, leaving), d.notices.Give(ctx, leaving))
}

// deadLettered makes an event of a command or task that was given up on. The key
// of both is their room.
func deadLettered(e *deadletter.Entry) event.Event {
	return event.Event{
		Type: event.MessageDeadLettered, Time: e.At, Room: e.Key, CorrelationID: e.CorrelationID, TraceID: e.TraceID,
		Data: event.DeadLetter{ID: e.ID, Queue: e.Queue, Reason: string(e.Reason), Error: e.Error},
	}
}

// archive is all of them as an operator sees them.
func (d *deadLetters) archive() deadletter.Archive {
	return deadletter.Join(d.commands.Archive(), d.tasks.Archive(), d.notices.Archive())
}

// run makes them age until ctx ends.
func (d *deadLetters) run(ctx context.Context) error {
	errs := make(chan error, 3)
	for _, run := range []func(context.Context) error{d.commands.Run, d.tasks.Run, d.notices.Run} {
		go func() { errs <- run(ctx) }()
	}
	return errors.Join(<-errs, <-errs, <-errs)
}
