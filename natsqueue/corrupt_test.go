package natsqueue_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

// A damaged file is either told of, or does no harm: nothing is lost without a
// word.
func TestDamagedFilesAreToldOf(t *testing.T) {
	block, index := filepath.Join("msgs", "1.blk"), filepath.Join("msgs", "index.db")
	for name, c := range map[string]struct {
		harm  func(stream string) error
		heals bool
	}{
		"none":           {func(string) error { return nil }, true},
		"a byte":         {func(s string) error { return flip(filepath.Join(s, block), 5000) }, false},
		"the first byte": {func(s string) error { return flip(filepath.Join(s, block), 0) }, false},
		"a byte, no index": {func(s string) error {
			return errors.Join(flip(filepath.Join(s, block), 5000), os.Remove(filepath.Join(s, index)))
		}, false},
		"cut short":        {func(s string) error { return os.Truncate(filepath.Join(s, block), 5000) }, false},
		"emptied":          {func(s string) error { return os.Truncate(filepath.Join(s, block), 0) }, false},
		"removed":          {func(s string) error { return os.Remove(filepath.Join(s, block)) }, false},
		"the stream":       {os.RemoveAll, false},
		"the index":        {func(s string) error { return flip(filepath.Join(s, index), 5) }, true},
		"the settings":     {func(s string) error { return flip(filepath.Join(s, "meta.inf"), 5) }, true},
		"no settings":      {func(s string) error { return os.Remove(filepath.Join(s, "meta.inf")) }, true},
		"no settings' sum": {func(s string) error { return os.Remove(filepath.Join(s, "meta.sum")) }, true},
		"neither, no index": {func(s string) error {
			return errors.Join(os.Remove(filepath.Join(s, "meta.inf")), os.Remove(filepath.Join(s, index)))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			const n = 200
			fill(t, folder, n)
			streams := filepath.Join(folder, "jetstream", "$G", "streams")
			for _, stream := range []string{"pitboss-queue-test", "pitboss-journal-rooms"} {
				must(t, c.harm(filepath.Join(streams, stream)))
			}
			messages, events, err := readBack(t, folder)
			switch {
			case c.heals && (err != nil || messages != n || events != n):
				t.Errorf("%d messages and %d events of %d, %v", messages, events, n, err)
			case !c.heals && err == nil:
				t.Errorf("%d messages and %d events of %d, and no error", messages, events, n)
			}
		})
	}
}

// With a snapshot a room is taken without what came before, damaged or not.
// Whoever reads that is told.
func TestDamageBeforeASnapshotIsToldOf(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	const n = 200
	e := started(t, natsqueue.EmbeddedConfig{Folder: folder})
	s := opened(t, e)
	j := openJournal(t, s)
	for i := range uint64(n) {
		must(t, j.Append(t.Context(), "a", i, i+1, []byte("event")))
	}
	must(t, j.Save(t.Context(), "a", n, []byte("snapshot")))
	s.Close()
	must(t, e.Stop())
	must(t, flip(filepath.Join(folder, "jetstream", "$G", "streams", "pitboss-journal-rooms", "msgs", "1.blk"), 5000))

	j = openJournal(t, opened(t, started(t, natsqueue.EmbeddedConfig{Folder: folder})))
	if records, snapshot, err := j.Take(t.Context(), "a"); len(records) != 1 || string(snapshot) != "snapshot" || err != nil {
		t.Errorf("%d records, snapshot %q, %v", len(records), snapshot, err)
	}
	if err := j.Read(t.Context(), "a", 0, func([]byte) error { return nil }); !errors.Is(err, natsqueue.ErrCorrupt) {
		t.Errorf("read with what is missing: %v, want %v", err, natsqueue.ErrCorrupt)
	}
	// What is whole is there for whoever needs no more.
	read := 0
	if err := j.Read(t.Context(), "a", n-10, func([]byte) error { read++; return nil }); read != 10 || err != nil {
		t.Errorf("%d of the last 10 records, %v", read, err)
	}
}

// fill writes so many messages and events.
func fill(t *testing.T, folder string, n int) {
	e := started(t, natsqueue.EmbeddedConfig{Folder: folder})
	s := opened(t, e)
	q, j := openQueue(t, s, config{}), openJournal(t, s)
	for i := range n {
		put(t, q, pitboss.Message[string]{Payload: fmt.Sprint(i)})
		must(t, j.Append(t.Context(), "a", uint64(i), uint64(i)+1, []byte("event")))
	}
	closeNow(q)
	s.Close()
	must(t, e.Stop())
}

// readBack returns how much is left of both, or what is wrong with each: both
// have to say so.
func readBack(t *testing.T, folder string) (messages, events int, err error) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{Folder: folder}))
	c := config{}
	c.Name = "test"
	q, queueErr := natsqueue.OpenQueue(t.Context(), s, c)
	if queueErr == nil {
		for range payloads(q) {
			messages++
		}
		closeNow(q)
	}
	j, journalErr := s.OpenJournal(t.Context(), "rooms")
	if journalErr == nil {
		var records [][]byte
		records, _, journalErr = j.Take(t.Context(), "a")
		events = len(records)
	}
	for _, err := range []error{queueErr, journalErr} {
		if err != nil && !errors.Is(err, natsqueue.ErrCorrupt) {
			t.Errorf("got %v, want %v", err, natsqueue.ErrCorrupt)
		}
	}
	if queueErr == nil || journalErr == nil {
		return messages, events, nil
	}
	return messages, events, errors.Join(queueErr, journalErr)
}

// flip changes a byte of a file.
func flip(file string, at int64) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	b[0] ^= 0x55
	_, failed := f.WriteAt(b, at)
	return errors.Join(err, failed, f.Close())
}
