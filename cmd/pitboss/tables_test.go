package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/gamestats"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// failing is a journal that fails for as long as it is told to.
type failing struct {
	room.MemoryJournal
	full, kept atomic.Bool // for Append, for Forget
}

var errFull = errors.New("no space")

func (f *failing) Append(ctx context.Context, id string, after uint64, events []event.Event) error {
	if f.full.Load() {
		return errFull
	}
	return f.MemoryJournal.Append(ctx, id, after, events)
}

func (f *failing) Forget(ctx context.Context, id string) error {
	if f.kept.Load() {
		return errFull
	}
	return f.MemoryJournal.Forget(ctx, id)
}

// anew are parts of which each take begins a new run.
type anew struct {
	undivided
	noted int
}

func (*anew) begin(int, bool) (anew, written bool) { return true, true }

func (a *anew) begun(context.Context, int) error {
	a.noted++
	return nil
}

// trial is a host with tables and their tasks, in a bubble of synctest.
type trial struct {
	*testing.T
	journal *failing
	host    *room.Host
	tables  *tables
	results string // the file
}

func tableTrial(t *testing.T, c config, parts tableParts) *trial {
	t.Helper()
	x := &trial{T: t, journal: new(failing), results: filepath.Join(t.TempDir(), "results")}
	log := slog.New(slog.DiscardHandler)
	var err error
	if x.host, err = room.NewHost(room.Config{Games: games(c), Journal: x.journal, Log: log}); err != nil {
		t.Fatal(err)
	}
	tasks, err := task.New(task.Config{Observer: func(ctx context.Context, r task.Report) { x.tables.told(ctx, r) }})
	if err != nil {
		t.Fatal(err)
	}
	file, err := openResults(x.results)
	if err != nil {
		t.Fatal(err)
	}
	if x.tables, err = newTables(c, x.host, tasks, file, new(gamestats.Latency), parts, log); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- x.host.Run(ctx) }()
	go func() { ended <- tasks.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended, file.close()); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		_, _ = x.host.Queue().Close(ctx), tasks.Queue().Close(ctx) // with what is left
	})
	return x
}

// sit opens the room of game n with a person at the table, who begins to play.
func (x *trial) sit(n int) room.Place {
	x.Helper()
	id := tableRoom(n)
	if _, err := x.host.Create(x.Context(), room.Spec{ID: id, Game: liaptui.Name, Bots: 3}); err != nil {
		x.Fatal(err)
	}
	ann, err := x.host.Enter(x.Context(), id, "ann", "")
	if err != nil {
		x.Fatal(err)
	}
	x.play(ann, room.Ready)
	return ann
}

func (x *trial) play(p room.Place, command string) {
	x.Helper()
	answers := make(chan room.Answer, 1)
	if err := x.host.Play(x.Context(), p, "", command, 0, nil, func(a room.Answer) { answers <- a }); err != nil {
		x.Fatal(err)
	}
	if a := <-answers; a.Err != nil {
		x.Fatal(a.Err)
	}
}

// A game that the store refuses to begin is begun once it takes it; the process
// goes on until then, and so does everybody else's game.
func TestGameThatCannotBeOpenedIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := tableTrial(t, config{tables: 1}, new(undivided))
		x.journal.full.Store(true)
		if err := x.tables.take(t.Context(), []int{0}, room.Recovered{}); err != nil {
			t.Fatal(err)
		}
		x.tables.start([]int{0})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- x.tables.run(ctx) }()
		time.Sleep(time.Minute)
		select {
		case err := <-ended:
			t.Fatalf("ended with %v", err)
		default:
		}
		x.journal.full.Store(false)
		time.Sleep(time.Minute)
		if _, there := x.host.Info(tableRoom(1)); !there {
			t.Error("game 1 was not opened")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A run is noted to have begun once nothing is left of the one before: until then
// whoever takes the share begins it again.
func TestRunBeginsWhenNothingIsLeftOfTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parts := new(anew)
		x := tableTrial(t, config{tables: 1}, parts)
		x.play(x.sit(1), room.Leave)
		synctest.Wait() // a room retires after its last answer
		found := room.Recovered{Closed: []string{tableRoom(1)}}
		x.journal.kept.Store(true)
		if err := x.tables.take(t.Context(), []int{0}, found); !errors.Is(err, errFull) || parts.noted != 0 {
			t.Errorf("got %v, noted %d times", err, parts.noted)
		}
		x.journal.kept.Store(false)
		if err := x.tables.take(t.Context(), []int{0}, room.Recovered{}); err != nil || parts.noted != 1 {
			t.Errorf("got %v, noted %d times", err, parts.noted)
		}
	})
}

// A game that has ended while its room was out of sight is written down.
func TestGameThatEndedUnseenIsWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := tableTrial(t, config{tables: 1}, new(undivided))
		ann := x.sit(1)
		if err := x.tables.take(t.Context(), []int{0}, room.Recovered{Open: []string{tableRoom(1)}}); err != nil {
			t.Fatal(err)
		}
		x.play(ann, room.Leave) // which tables do not see: they do not observe the host
		for range 2 {
			x.tables.overAlready(t.Context(), []string{tableRoom(1), "r-other"})
			synctest.Wait()
		}
		if lines := readResults(t, x.results); len(lines) != 1 || lines[1].Room != tableRoom(1) {
			t.Errorf("results %v", lines)
		}
	})
}

// A game that is not written down yet stays, however many have ended after it: a
// process that starts after a crash writes its line by it.
func TestGameStaysUntilItIsWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := tableTrial(t, config{tables: 200}, new(undivided))
		found := room.Recovered{Open: []string{tableRoom(1), tableRoom(200)}}
		if err := x.tables.take(t.Context(), []int{0}, found); err != nil {
			t.Fatal(err)
		}
		if !x.tables.keeps(tableRoom(1)) {
			t.Error("game 1 may be forgotten before it is written down")
		}
		x.tables.settle(archived{result: result{N: 1, Room: tableRoom(1)}})
		if x.tables.keeps(tableRoom(1)) {
			t.Error("game 1 is kept for ever")
		}
	})
}

// shortFile takes half of the first line, as a disk does that has just become full.
type shortFile struct {
	bytes.Buffer
	writes int
}

func (f *shortFile) Write(text []byte) (int, error) {
	if f.writes++; f.writes == 1 {
		n, _ := f.Buffer.Write(text[:len(text)/2])
		return n, errFull
	}
	return f.Buffer.Write(text)
}

func (*shortFile) Seek(int64, int) (int64, error) { return 0, nil }
func (*shortFile) Close() error                   { return nil }

var _ io.ReadWriteSeeker = (*shortFile)(nil)

// A line that a full disk cuts off does not spoil the next one.
func TestResultIsWholeAfterAFullDisk(t *testing.T) {
	t.Parallel()
	file := new(shortFile)
	r := &results{file: file}
	line := result{N: 1, Room: tableRoom(1)}
	if err := r.write(t.Context(), line); !errors.Is(err, errFull) {
		t.Fatalf("got %v", err)
	}
	for range 2 {
		if err := r.write(t.Context(), line); err != nil {
			t.Fatal(err)
		}
	}
	whole := text(t, line)
	if lines := strings.Split(file.String(), "\n"); len(lines) != 4 || !slices.Equal(lines[1:], []string{whole, whole, ""}) {
		t.Errorf("%q", lines)
	}
}
