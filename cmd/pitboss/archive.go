package main

import (
	"context"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

type archived struct {
	result
	err error
}

// archiveTask is the type of the tasks that write a finished game down; a
// result is their payload.
const archiveTask = "game.archive"

// Observe implements [room.Observer].
func (t *tables) Observe(c *room.Commit) { t.ObserveContext(context.Background(), c) }

// ObserveContext implements [room.ContextObserver]: a game's end has it archived.
func (t *tables) ObserveContext(ctx context.Context, c *room.Commit) {
	if len(c.Events) == 0 || c.Events[len(c.Events)-1].Type != event.RoomClosed {
		return
	}
	n, ok := tableGame(c.Room)
	if !ok {
		return
	}
	line := result{N: n, Room: c.Room, Game: c.Game}
	for i := range c.Events {
		if r, ok := c.Events[i].Data.(event.Result); ok {
			line.of(&r)
		}
	}
	t.ended(correlation.With(ctx, c.Events[0].CorrelationID), line)
}

// ended has a finished game written down, once.
func (t *tables) ended(ctx context.Context, line result) {
	if !t.closes(line) {
		return
	}
	err := t.tasks.Submit(ctx, task.Task{Type: archiveTask, Key: line.Room, Priority: pitboss.Low, Payload: line})
	if err != nil {
		t.settle(archived{line, err})
	}
}

// closes notes that a game is over, if that is new. A game of a share that is just
// being taken is looked at once it has been.
func (t *tables) closes(line result) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	run := t.runs[t.parts.of(line.Room)]
	if run == nil {
		return false
	}
	_, open := run.open[line.N]
	if !open || run.closing[line.N] != nil {
		return false
	}
	run.closing[line.N] = t.parts.right()
	return true
}

// endedBefore has a game written down that was over before anybody looked.
func (t *tables) endedBefore(ctx context.Context, n int) {
	if info, there := t.host.Info(tableRoom(n)); there && info.Closed && info.Result != nil {
		line := result{N: n, Room: info.Room, Game: info.GameID}
		line.of(info.Result)
		t.ended(ctx, line)
	}
}

// archive writes a finished game down, unless its successor has.
func (t *tables) archive(ctx context.Context, line result) error {
	t.mu.Lock()
	var right resultsRight
	if run := t.runs[t.parts.of(line.Room)]; run != nil {
		right = run.closing[line.N]
	}
	t.mu.Unlock()
	if right == nil { // there was no time to wait for it when its share was handed over
		return nil
	}
	if ours, err := right(ctx); err != nil || !ours {
		return err
	}
	return t.results.write(ctx, line)
}

// told is a [task.Observer].
func (t *tables) told(_ context.Context, r task.Report) {
	if r.Task.Type != archiveTask || r.Outcome == task.Submitted || r.Outcome == task.Retried {
		return
	}
	if line, ok := r.Task.Payload.(result); ok {
		t.settle(archived{line, r.Err})
	}
}

// settle notes that a game is over and written down, or could not be.
func (t *tables) settle(a archived) {
	t.mu.Lock()
	if run := t.runs[t.parts.of(a.Room)]; run != nil {
		delete(run.open, a.N)
		delete(run.closing, a.N)
		t.done = append(t.done, a)
	}
	close(t.settled)
	t.settled = make(chan struct{})
	t.mu.Unlock()
	t.changed()
}
