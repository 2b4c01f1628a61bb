package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/task"
)

// injectedFaults break a share of what a server does, for trials of the console, of
// alerts, and of the people on call. The zero value breaks nothing.
type injectedFaults struct {
	// botTasks is the share of bots' moves that fail: their tasks become dead
	// letters, and their rooms are stuck until the turn's time is over or the
	// dead letter is retried. What was retried does not fail again.
	botTasks float64
	// stuckRooms is the share of rooms in which every bot's move fails, until
	// one of their dead letters is retried.
	stuckRooms float64
	// events is the share of finished games whose end cannot be delivered to a
	// subscriber: dead letters of the queue of events.
	events float64

	healed sync.Map // rooms by id, in which a dead letter was retried
}

// faultDeadline is a bot's deadline where faults are injected: long enough for a
// person to retry the move.
const faultDeadline = time.Hour

// on is safe for nil, which breaks nothing.
func (f *injectedFaults) on() bool {
	return f != nil && (f.botTasks > 0 || f.stuckRooms > 0 || f.events > 0)
}

// parseFaults reads name=share,name=share.
func parseFaults(text string) (*injectedFaults, error) {
	f := new(injectedFaults)
	into := map[string]*float64{"bot-tasks": &f.botTasks, "stuck-rooms": &f.stuckRooms, "events": &f.events}
	if text == "" {
		return f, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		share, err := strconv.ParseFloat(value, 64)
		if field := into[name]; field != nil && err == nil && share >= 0 && share <= 1 {
			*field = share
			continue
		}
		return f, &pitboss.FieldError{Field: "faults", Value: text, Allowed: "name=share,… with bot-tasks, stuck-rooms or events and shares from 0 to 1, such as bot-tasks=0.02,stuck-rooms=0.1"}
	}
	return f, nil
}

// drawn says whether fate falls on something: the same each time that it is
// asked, so that every attempt fares alike.
func drawn(share float64, words ...string) bool {
	h := fnv.New64a()
	for _, w := range words {
		_, _ = h.Write([]byte(w + "\x00")) // hashes do not fail
	}
	// FNV's high bits hardly depend on the last words; SplitMix64's do.
	return float64(gameSeed(h.Sum64(), 1)>>11)/(1<<53) < share
}

// The faults that bots' tasks have, as people would see them.
var (
	errInjected  = errors.New("injected fault: the bot does not answer")
	errNonsense  = &pitboss.FieldError{Field: "view", Value: "injected fault", Allowed: "a hand that fits the table"}
	errForGood   = pitboss.Permanent(errors.New("injected fault: the bot has no such strength"))
	errUnwritten = pitboss.Permanent(errors.New("injected fault: the subscriber's disk is full"))
)

// tasks is a middleware that has bots' moves fail.
func (f *injectedFaults) tasks(next pitboss.Handler[task.Work]) pitboss.Handler[task.Work] {
	return func(ctx context.Context, d *pitboss.Delivery[task.Work]) error {
		if d.Topic != liaptui.BotTask {
			return next(ctx, d)
		}
		if d.Headers[deadletter.HeaderLetter] != "" {
			f.healed.Store(d.Key, true)
			return next(ctx, d)
		}
		turn := strconv.FormatUint(d.Sequence, 10)
		if _, healed := f.healed.Load(d.Key); !healed && drawn(f.stuckRooms, "room", d.Key) {
			return fmt.Errorf("room %s: %w", d.Key, errInjected)
		}
		if !drawn(f.botTasks, "task", d.Key, turn) {
			return next(ctx, d)
		}
		switch {
		case drawn(0.3, "nonsense", d.Key, turn):
			return errNonsense
		case drawn(0.5, "for good", d.Key, turn):
			return errForGood
		}
		return fmt.Errorf("room %s: %w", d.Key, errInjected)
	}
}

// event is a subscriber that cannot take what it is told.
func (f *injectedFaults) event(_ context.Context, e *event.Event) error {
	if drawn(f.events, "event", e.Room, e.Game) {
		return errUnwritten
	}
	return nil
}

// handlers puts the faults below what watches the tasks.
func (f *injectedFaults) handlers(outer ...pitboss.Middleware[task.Work]) []pitboss.Middleware[task.Work] {
	if !f.on() {
		return outer
	}
	return append(slices.Clip(outer), f.tasks)
}

// retry has tasks give up sooner, so that trials need no patience.
func (f *injectedFaults) retry() (b handler.Backoff) {
	if f.on() {
		b = handler.Backoff{First: 100 * time.Millisecond, Max: 300 * time.Millisecond, Attempts: 3}
	}
	return b
}
