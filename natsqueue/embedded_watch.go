package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// watchInterval is how often the server is asked whether it can write.
const watchInterval = 500 * time.Millisecond

// inProcess connects to whichever server runs.
type inProcess struct{ embedded *Embedded }

// InProcessConn implements [github.com/nats-io/nats.go.InProcessConnProvider].
func (p inProcess) InProcessConn() (net.Conn, error) {
	if s := p.embedded.server.Load(); s != nil {
		return s.InProcessConn()
	}
	return nil, errStopped
}

var errStopped = errors.New("the embedded server was stopped")

// wedged says why the server does not write any more. After one write that
// failed (a full disk, one that turned read-only) it never tries that stream
// again, and lets whoever writes to it wait.
func (e *Embedded) wedged() error {
	s := e.server.Load()
	if s == nil {
		return errStopped
	}
	if !s.JetStreamEnabled() {
		return errors.New("the server has switched its store off; see its log")
	}
	health := s.Healthz(&server.HealthzOptions{Details: true})
	opened := e.names.all()
	for _, fault := range health.Errors {
		if slices.Contains(opened, fault.Stream) {
			return errors.New(fault.Error)
		}
	}
	return nil
}

// watch starts the server anew once it is wedged and could write again, until
// ctx ends. What was acknowledged is in the files; who waits for an answer asks
// again.
func (e *Embedded) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchInterval):
		}
		fault := e.wedged()
		if fault == nil || e.usable() != nil || e.lock.writable() != nil {
			continue
		}
		e.config.Log.WarnContext(ctx, "store: the server could not write and is started anew", "folder", e.config.Folder, "error", fault)
		old := e.server.Load()
		old.Shutdown()
		old.WaitForShutdown()
		if err := e.start(ctx); err != nil {
			e.config.Log.ErrorContext(ctx, "store: the server does not start, trying again", "folder", e.config.Folder, "error", err)
		}
	}
}

// usable reports what keeps any server from writing to the folder.
func (e *Embedded) usable() error {
	if err := e.lock.check(); err != nil {
		return err
	}
	free, err := freeSpace(e.config.Folder)
	if err != nil {
		return err
	}
	if free < e.config.MinFree {
		return fmt.Errorf("embedded store in %s: %d MiB free, fewer than %d: %w; make room",
			e.config.Folder, free>>20, e.config.MinFree>>20, ErrNoSpace)
	}
	return nil
}
