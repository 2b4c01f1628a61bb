package room

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Tracer follows what the handling of a command consists of. Its methods are
// called on the room's time and from many goroutines.
type Tracer interface {
	// Begin begins a part of what goes on in ctx, named in a few words: the
	// decision, the writing of the journal, an observer. The context that it
	// returns is for what the part does; end must be called once, with the
	// fault that ended it, if one did.
	Begin(ctx context.Context, part string) (inner context.Context, end func(fault error))
}

// The parts. An observer's is called "observe" and its type.
const (
	stepDecide = "decide"
	stepAppend = "append to journal"
)

// step begins a part.
func (h *Host) step(ctx context.Context, part string) (inner context.Context, end func(fault error)) {
	if h.config.Tracer == nil {
		return ctx, untraced
	}
	return h.config.Tracer.Begin(ctx, part)
}

func untraced(error) {}

// faultOf returns an error that is a fault and not a refusal, or nil: a player
// who tries something else has broken nothing.
func faultOf(err error) error {
	if r, ok := errors.AsType[*Refusal](err); ok && r.Code != CodeInternal {
		return nil
	}
	return err
}

// watcher is an observer as the host calls it.
type watcher struct {
	part    string
	observe func(ctx context.Context, c *Commit)
}

func watcherOf(o Observer) watcher {
	w := watcher{
		part:    "observe " + strings.TrimPrefix(fmt.Sprintf("%T", o), "*"),
		observe: func(_ context.Context, c *Commit) { o.Observe(c) },
	}
	if with, ok := o.(ContextObserver); ok {
		w.observe = with.ObserveContext
	}
	return w
}

// observe tells the observers.
func (h *Host) observe(ctx context.Context, c *Commit) {
	for i := range h.observers {
		w := &h.observers[i]
		inner, end := h.step(ctx, w.part)
		w.observe(inner, c)
		end(nil)
	}
}
