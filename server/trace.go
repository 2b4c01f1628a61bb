package server

import (
	"context"
	"errors"
	"log/slog"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/room"
)

// Tracer follows what players' frames set off. Its methods are called from many
// goroutines. The ends that they return must be called once, with the fault
// that there was, if there was one.
type Tracer interface {
	// Received begins the handling of a frame, which lasts until its answer is
	// known.
	Received(ctx context.Context, attrs ...slog.Attr) (inner context.Context, end func(fault error))
	// Writing begins the writing, to one recipient, of what one command brought
	// about. The context carries the command's trace.
	Writing(ctx context.Context, attrs ...slog.Attr) (end func(fault error))
}

func untraced(error) {}

// received begins the handling of a frame; the end takes the answer's error.
func (c *connection) received(ctx context.Context, r *request, size int) (inner context.Context, end func(answer error)) {
	tracer := c.server.config.Tracer
	if tracer == nil {
		return ctx, untraced
	}
	inner, ended := tracer.Received(ctx,
		slog.String("frame", r.Type), slog.String("id", r.ID), slog.Int("bytes", size),
		slog.String("room", c.place.Room), slog.Int("seat", c.place.Seat))
	return inner, func(answer error) {
		// A player who tries something else has broken nothing.
		if refusal, ok := errors.AsType[*room.Refusal](answer); ok && refusal.Code != room.CodeInternal {
			answer = nil
		}
		ended(answer)
	}
}

// writing begins the writing of an update.
func (c *connection) writing(u *room.Update) (end func(fault error)) {
	tracer := c.server.config.Tracer
	if tracer == nil || u.Trace == "" {
		return untraced
	}
	return tracer.Writing(correlation.WithTrace(context.Background(), u.Trace),
		slog.Int("events", len(u.Events)), slog.String("room", c.place.Room), slog.Int("seat", c.place.Seat))
}
