package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// sweepTask is the type of the task that forgets old rooms.
const sweepTask = "rooms.sweep"

const (
	sweepEvery = time.Minute
	// keepClosed is how long a closed room can be looked at where nobody says
	// otherwise, unless younger ones take its place before.
	keepClosed = time.Hour
)

// sweeper has the host forget rooms that closed long ago: a task that submits
// its successor.
type sweeper struct {
	host  *room.Host
	tasks *task.Processor
	keep  time.Duration
	log   *slog.Logger
}

// sweep is the payload of a sweepTask.
type sweep struct{}

func newSweeper(host *room.Host, tasks *task.Processor, keep time.Duration, log *slog.Logger) (*sweeper, error) {
	s := &sweeper{host, tasks, keep, log}
	return s, task.Register(tasks, sweepTask, s.sweep, task.Options{})
}

func (s *sweeper) sweep(ctx context.Context, _ sweep) error {
	defer s.again(ctx)
	if n := s.host.Sweep(ctx, time.Now().Add(-s.keep)); n > 0 {
		s.log.DebugContext(ctx, "closed rooms forgotten", "rooms", n)
	}
	return nil
}

// again has the rooms swept after a while.
func (s *sweeper) again(ctx context.Context) {
	err := s.tasks.Submit(ctx, task.Task{Type: sweepTask, Priority: pitboss.Background, Delay: sweepEvery, Payload: sweep{}})
	if err != nil && !errors.Is(err, pitboss.ErrClosed) {
		s.log.ErrorContext(ctx, "closed rooms are not swept any more", "error", err)
	}
}
