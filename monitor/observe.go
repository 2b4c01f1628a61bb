package monitor

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

var (
	_ event.Publisher = (*Monitor)(nil)
	_ room.Observer   = (*Monitor)(nil)
	_ task.Observer   = (*Monitor)(nil).Task
)

// Publish implements [event.Publisher]: it numbers events and shows them to
// those who follow the stream.
func (m *Monitor) Publish(events []event.Event) { m.publisher.Publish(events) }

// Observe implements [room.Observer]: it takes in what one command brought
// about.
func (m *Monitor) Observe(c *room.Commit) {
	if m.commits != nil {
		m.commits.Observe(c)
	}
}

// Event takes in what is in no room's journal: faults. A subscriber of
// "error.occurred" on a bus hands them on.
func (m *Monitor) Event(ctx context.Context, e *event.Event) error {
	var errs [2]error
	if m.stats != nil {
		errs[0] = m.stats.Event(ctx, e)
	}
	if m.visual != nil {
		errs[1] = m.visual.Event(ctx, e)
	}
	return errors.Join(errs[:]...)
}

// Forget drops a room that another process runs from now on.
func (m *Monitor) Forget(id string) {
	if m.stats != nil {
		m.stats.Forget(id)
	}
	if m.visual != nil {
		m.visual.Forget(id)
	}
}

// Task is a [task.Observer].
func (m *Monitor) Task(ctx context.Context, r task.Report) {
	if m.stats != nil {
		m.stats.Task(ctx, r)
	}
}

// DeadLetter is a [deadletter.Config] Observer.
func (m *Monitor) DeadLetter(ctx context.Context, c deadletter.Change) {
	if m.stats != nil {
		m.stats.DeadLetter(ctx, c)
	}
	if m.visual != nil {
		m.visual.DeadLetter(ctx, c)
	}
}

// ConnectionOpened counts a player's connection.
func (m *Monitor) ConnectionOpened() {
	if m.stats != nil {
		m.stats.ConnectionOpened()
	}
}

// ConnectionClosed counts its end, and why.
func (m *Monitor) ConnectionClosed(reason string) {
	if m.stats != nil {
		m.stats.ConnectionClosed(reason)
	}
}

// Message counts one frame and its bytes; direction is in or out.
func (m *Monitor) Message(direction string, bytes int) {
	if m.stats != nil {
		m.stats.Message(direction, bytes)
	}
}

// Broadcast measures what it took to bring a room's events to one recipient.
func (m *Monitor) Broadcast(took time.Duration, err error) {
	if m.stats != nil {
		m.stats.Broadcast(took, err)
	}
}

// RoomTracer is nil where nothing is traced, so that rooms pay nothing for it.
func (m *Monitor) RoomTracer() room.Tracer {
	if t := m.Tracer(); t != nil {
		return t
	}
	return nil
}

// HTTP traces requests.
func (m *Monitor) HTTP(next http.Handler) http.Handler {
	if t := m.Tracer(); t != nil {
		return t.HTTP(next)
	}
	return next
}
