package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/pitboss-dev/pitboss/room"
)

// adopt goes on with the run of a process before, whose rooms were recovered. A
// run of which no game is open any more is over: its rooms make place for the
// next one, whose games are counted from 1.
func (t *tables) adopt(ctx context.Context, found room.Recovered) error {
	for _, id := range found.Open {
		if n, ok := tableGame(id); ok {
			t.adopted++
			t.last = max(t.last, n)
		}
	}
	// A process may have died between a game's end and its line.
	if err := t.completeResults(ctx, found.Closed); err != nil {
		return err
	}
	for _, id := range found.Closed {
		n, ok := tableGame(id)
		switch {
		case !ok:
		case t.adopted == 0 && t.config.tables > 0:
			if err := t.host.Forget(ctx, id); err != nil {
				return err
			}
		default:
			t.last = max(t.last, n)
		}
	}
	t.ended = t.last - t.adopted
	t.archived = make(chan archived, max(t.config.tables, t.adopted))
	return nil
}

// playing says whether there is anything to do for run.
func (t *tables) playing() bool { return t.config.tables > 0 || t.adopted > 0 }

// completeResults writes the lines that the file of results lacks.
func (t *tables) completeResults(ctx context.Context, closed []string) error {
	if t.results == nil || len(closed) == 0 {
		return nil
	}
	written, err := t.results.lines()
	if err != nil {
		return fmt.Errorf("results: %w", err)
	}
	for _, id := range closed {
		n, ok := tableGame(id)
		info, there := t.host.Info(id)
		if !ok || !there || info.Result == nil {
			continue
		}
		line := result{N: n, Room: id, Game: info.GameID}
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
