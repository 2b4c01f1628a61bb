package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// A room that nobody enters closes, stays to be looked at, and is swept.
func TestOldRoomsAreSwept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		host, err := room.NewHost(room.Config{Games: []room.Rules{liaptui.New(liaptui.Config{})}, IdleLimit: time.Minute, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		tasks, err := task.New(task.Config{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSweeper(host, tasks, keepClosed, log)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		go func() { ended <- host.Run(ctx) }()
		go func() { ended <- tasks.Run(ctx) }()
		s.again(ctx)
		if _, err := host.Create(ctx, room.Spec{ID: "r", Game: liaptui.Name, Bots: 3}); err != nil {
			t.Fatal(err)
		}
		<-time.After(keepClosed)
		if info, ok := host.Info("r"); !ok || !info.Closed {
			t.Errorf("after %v the room is %+v, want it closed and there", keepClosed, info)
		}
		<-time.After(2*time.Minute + sweepEvery)
		if _, ok := host.Info("r"); ok {
			t.Error("the room is still there")
		}
		cancel()
		for range 2 {
			if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		for _, closeQueue := range []func(context.Context) error{host.Queue().Close, tasks.Queue().Close} {
			_ = closeQueue(ctx) // what is left is nobody's
		}
	})
}
