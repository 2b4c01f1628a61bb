package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/pitboss-dev/pitboss/room"
)

// take goes on with the games of shares whose rooms were found: where a run has
// been interrupted it is continued, and where it is over the next one begins,
// whose games are counted from 1. None are opened before start.
func (t *tables) take(ctx context.Context, which []int, found room.Recovered) error {
	for _, share := range which {
		open, closed := t.gamesOf(share, found.Open), t.gamesOf(share, found.Closed)
		anew, written := t.begin(share, len(open) > 0)
		if !written { // a process may have died between a game's end and its line
			if err := t.completeResults(ctx, closed); err != nil {
				return err
			}
		}
		if anew { // the names are wanted
			if err := t.forget(ctx, closed); err != nil {
				return err
			}
			closed = nil
			// Noted before, the games of the last run would be taken for this one's by
			// whoever goes on from here.
			if err := t.parts.begun(ctx, share); err != nil {
				return err
			}
		}
		run := &tableRun{idle: true, open: make(map[int]struct{}), closing: make(map[int]resultsRight)}
		for _, n := range open {
			run.open[n] = struct{}{}
		}
		if all := slices.Concat(open, closed); len(all) > 0 {
			run.last = slices.Max(all)
		}
		run.next = t.firstAfter(run.last, share)
		t.mu.Lock()
		t.runs[share] = run
		t.mu.Unlock()
		for _, n := range open { // it may have gone on already
			t.endedBefore(ctx, n)
		}
	}
	return nil
}

// overAlready has the games among rooms written down that ended while nobody
// looked.
func (t *tables) overAlready(ctx context.Context, rooms []string) {
	for _, id := range rooms {
		if n, ok := tableGame(id); ok {
			t.endedBefore(ctx, n)
		}
	}
}

// start opens games of shares whose rooms are here now.
func (t *tables) start(which []int) {
	t.mu.Lock()
	for _, share := range which {
		if run := t.runs[share]; run != nil {
			run.idle = false
		}
	}
	t.mu.Unlock()
	t.changed()
}

// begin is that of the parts. Without tables nothing begins.
func (t *tables) begin(share int, open bool) (anew, written bool) {
	if t.config.tables == 0 {
		return false, false
	}
	return t.parts.begin(share, open)
}

// forget makes place for games of the same numbers.
func (t *tables) forget(ctx context.Context, games []int) error {
	for _, n := range games {
		if err := t.host.Forget(ctx, tableRoom(n)); err != nil {
			return err
		}
	}
	return nil
}

// gamesOf are the numbers of a share's games among rooms.
func (t *tables) gamesOf(share int, rooms []string) (games []int) {
	for _, id := range rooms {
		if n, ok := tableGame(id); ok && t.parts.of(id) == share {
			games = append(games, n)
		}
	}
	return games
}

// leave opens no more games of shares that are handed over.
func (t *tables) leave(which []int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, share := range which {
		if run := t.runs[share]; run != nil {
			run.idle = true
		}
	}
}

// left waits until the games of these shares that are over have been written
// down, or ctx ends: then their next owner does that.
func (t *tables) left(ctx context.Context, which []int) {
	for {
		t.mu.Lock()
		pending, settled := 0, t.settled
		for _, share := range which {
			if run := t.runs[share]; run != nil {
				pending += len(run.closing)
			}
		}
		t.mu.Unlock()
		if pending == 0 {
			break
		}
		select {
		case <-settled:
			continue
		case <-ctx.Done():
		}
		break
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, share := range which {
		delete(t.runs, share)
	}
}

// completeResults writes the lines of games that the file of results lacks.
func (t *tables) completeResults(ctx context.Context, closed []int) error {
	if t.results == nil || len(closed) == 0 {
		return nil
	}
	written, err := t.results.lines()
	if err != nil {
		return fmt.Errorf("results: %w", err)
	}
	for _, n := range closed {
		info, there := t.host.Info(tableRoom(n))
		if !there || info.Result == nil {
			continue
		}
		line := result{N: n, Room: info.Room, Game: info.GameID}
		line.of(info.Result)
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if written[string(text)] {
			continue
		}
		if err := t.results.write(ctx, line); err != nil {
			return fmt.Errorf("results: game %d: %w", n, err)
		}
	}
	return nil
}

// lines are those that the file has.
func (r *results) lines() (map[string]bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	lines := make(map[string]bool)
	scanner := bufio.NewScanner(r.file)
	for scanner.Scan() {
		lines[string(bytes.TrimSpace(scanner.Bytes()))] = true
	}
	return lines, scanner.Err()
}
