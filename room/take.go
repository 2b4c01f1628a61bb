package room

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
)

// unreadableError is a room that cannot be made of its events: asking again does
// not help.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }

// takers is how many rooms are read at a time.
const takers = 16

// Take opens the rooms of the journal, which must be [Lasting], that are this
// host's from now on, as [Host.Recover] does at the start, while others run. It
// returns once they have resumed: whoever ran them before cannot append to their
// journals any more. [Config.Holds] may say that they are here after that.
//
// A room that cannot be read is told to the log and left out, and so is one of
// which mine says at the beginning that it is not this host's. Take fails if
// the store does, and with [ErrFenced] if somebody has written to a room since
// it was read, or mine says by then that a room is not. Take them again if they
// are still this host's: taking rooms that are not takes them away from whoever
// has them.
func (h *Host) Take(ctx context.Context, mine func(room string) bool) (Recovered, error) {
	journal, ok := h.journal.(Lasting)
	if !ok {
		return Recovered{}, fmt.Errorf("take rooms: the journal, %T, does not outlive its host", h.journal)
	}
	select {
	case h.taking <- struct{}{}: // two that take one room would take it from each other
		defer func() { <-h.taking }()
	case <-ctx.Done():
		return Recovered{}, fmt.Errorf("take rooms: %w", context.Cause(ctx))
	}
	names, err := journal.Rooms(ctx)
	if err != nil {
		return Recovered{}, fmt.Errorf("take rooms: %w", err)
	}
	chosen := make(map[string]bool) // once, because mine may say something else by the end
	for _, id := range slices.Concat(names, h.Fenced()) {
		if _, asked := chosen[id]; !asked {
			chosen[id] = mine(id)
		}
	}
	names = slices.DeleteFunc(names, func(id string) bool { return !chosen[id] || h.room(id) != nil })
	rooms, err := h.takeAll(ctx, journal, names, func(id string, err error) error {
		h.config.Log.ErrorContext(ctx, "room cannot be read and is left out", "room", id, "error", err)
		return nil
	})
	if i := slices.IndexFunc(rooms, func(r *liveRoom) bool { return !mine(r.id) }); err == nil && i >= 0 { // that took too long
		err = fmt.Errorf("%s is another one's by now: %w", rooms[i].id, ErrFenced)
	}
	if err != nil {
		for _, id := range names {
			journal.LetGo(id)
		}
		return Recovered{}, fmt.Errorf("take rooms: %w", err)
	}
	there := make(map[string]bool, len(rooms))
	for _, r := range rooms {
		there[r.id] = true
	}
	h.unfence(func(id string) bool { return chosen[id] && !there[id] }) // it was forgotten, or cannot be read
	found := h.settle(rooms)
	if fenced := h.resumeAll(ctx, found.Open); len(fenced) > 0 {
		return found, fmt.Errorf("take rooms: %d of them have gone on elsewhere, %s for one: %w", len(fenced), fenced[0], ErrFenced)
	}
	if err := context.Cause(ctx); err != nil {
		return found, fmt.Errorf("take rooms: %w", err)
	}
	return found, nil
}

// takeAll reads rooms, several at a time. It fails with what unreadable makes of a
// room that cannot be made of its events.
func (h *Host) takeAll(ctx context.Context, journal Lasting, names []string, unreadable func(id string, err error) error) ([]*liveRoom, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan string)
	var reading sync.WaitGroup
	var mu sync.Mutex
	var rooms []*liveRoom
	for range min(takers, len(names)) {
		reading.Go(func() {
			for id := range next {
				r, err := h.take(ctx, journal, id)
				if _, ok := errors.AsType[*unreadableError](err); ok {
					err = unreadable(id, err)
				}
				switch {
				case err != nil:
					cancel(fmt.Errorf("room %s: %w", id, err))
				case r != nil:
					mu.Lock()
					rooms = append(rooms, r)
					mu.Unlock()
				}
			}
		})
	}
	for _, id := range names {
		next <- id
	}
	close(next)
	reading.Wait()
	return rooms, context.Cause(ctx)
}

// take reads one room, or returns nil if it is not there.
func (h *Host) take(ctx context.Context, journal Lasting, id string) (*liveRoom, error) {
	commands, snapshot, err := journal.Take(ctx, id)
	if err != nil || len(commands) == 0 {
		return nil, err
	}
	r, err := h.open(id, commands[0])
	if err == nil && snapshot != nil {
		if unusable := r.restore(snapshot); unusable != nil {
			h.config.Log.WarnContext(ctx, "the room's snapshot is not used", "room", id, "error", unusable)
			var events []event.Event
			if events, err = journal.Read(ctx, id, 0); err != nil {
				return nil, err
			}
			commands = [][]event.Event{events}
			r, err = h.open(id, events)
		}
	}
	for _, events := range commands[1:] {
		if err == nil {
			err = r.replay(events)
		}
	}
	if err != nil {
		journal.LetGo(id)
		return nil, &unreadableError{err}
	}
	return r, nil
}

// resumeAll has rooms go on, and returns those that turned out to have been
// written to since they were read.
func (h *Host) resumeAll(ctx context.Context, ids []string) []string {
	var mu sync.Mutex
	var fenced []string
	h.each(ctx, ids, resume, func(id string, err error) {
		if errors.Is(err, &Refusal{Code: CodeMoved}) {
			mu.Lock()
			fenced = append(fenced, id)
			mu.Unlock()
		}
	})
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(fenced)
}

// each sends a command to rooms and waits until all have answered, or ctx ends.
func (h *Host) each(ctx context.Context, ids []string, command string, answered func(id string, err error)) {
	if len(ids) == 0 {
		return
	}
	var waiting atomic.Int64
	waiting.Store(int64(len(ids)))
	done := make(chan struct{})
	for _, id := range ids {
		answer := func(a Answer) {
			answered(id, a.Err)
			if waiting.Add(-1) == 0 {
				close(done)
			}
		}
		ctx := correlation.With(context.WithoutCancel(ctx), correlation.New())
		if err := h.Submit(ctx, Command{Room: id, Type: command, Seat: NoSeat}, answer); err != nil {
			answer(Answer{Err: err})
		}
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Fenced returns the rooms that this host has let go because somebody else had
// written to them. They are [CodeMoved] here until they are taken again, if they
// are this host's all the same, or given.
func (h *Host) Fenced() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Keys(h.fenced))
}

// noteFenced has a room that was let go be one of [Host.Fenced].
func (h *Host) noteFenced(id string) {
	if _, shared := h.journal.(Lasting); !shared {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fenced == nil {
		h.fenced = make(map[string]struct{})
	}
	h.fenced[id] = struct{}{}
}

// unfence has rooms not be [Host.Fenced] any more, and returns them.
func (h *Host) unfence(wanted func(room string) bool) (ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.fenced, func(id string, _ struct{}) bool {
		if !wanted(id) {
			return false
		}
		ids = append(ids, id)
		return true
	})
	return ids
}

// Give lets go of rooms that another host is to have, once the commands that
// they already have are done; followers find that they have moved. It returns
// their names, with those that are [Host.Fenced]. [Config.Holds] must say
// before that they are not here. When ctx ends, rooms are let go in the middle
// of a command: then the journal decides whether that had its effect.
func (h *Host) Give(ctx context.Context, leaving func(room string) bool) []string {
	var given []string
	for {
		ids := h.names(leaving)
		if len(ids) == 0 {
			return append(given, h.unfence(leaving)...)
		}
		h.each(ctx, ids, give, func(string, error) {})
		for _, id := range ids {
			if r := h.room(id); r != nil { // there was no time, or no queue, for the command
				h.letGo(r)
			}
		}
		given = append(given, ids...)
	}
}

func (h *Host) names(wanted func(room string) bool) (ids []string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for id := range h.rooms {
		if wanted(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// letGo drops a room that another host has: followers find that out, and nothing
// more comes of it here.
func (h *Host) letGo(r *liveRoom) {
	h.mu.Lock()
	current := h.rooms[r.id] == r
	if current {
		delete(h.rooms, r.id)
		open := true
		for class, ids := range h.finished {
			if i := slices.Index(ids, r.id); i >= 0 {
				h.finished[class] = slices.Delete(ids, i, i+1)
				open = false
			}
		}
		if open {
			h.live--
		}
	}
	h.mu.Unlock()
	r.giveUp()
	if journal, ok := h.journal.(Lasting); ok && current { // else the journal is its successor's
		journal.LetGo(r.id)
	}
}
