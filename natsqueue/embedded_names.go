package natsqueue

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/pitboss-dev/pitboss"
)

// fileNames makes the names of streams' files last. The server syncs what it
// writes to a file, and hardly ever the folder that names the file, so where the
// file system does not sync a new file's name along with its content (POSIX does
// not ask it to), a power cut takes every message since the last full file.
//
// A folder's time of change says whether it has to be synced. Its files go first:
// the server rewrites some, and gives the new one the old one's name before it
// has synced what is in it.
type fileNames struct {
	mu      sync.Mutex
	streams []string
	synced  map[string]time.Time // the time of change of folders that were
	content map[string]time.Time // when their files were
}

// clockTick is more than what file systems keep time by. A folder that has just
// changed may change again without showing it.
const clockTick = 100 * time.Millisecond

// add has a stream's names looked after.
func (f *fileNames) add(stream string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.streams, stream) {
		f.streams = append(f.streams, stream)
	}
}

// all are the streams that are looked after.
func (f *fileNames) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clip(f.streams)
}

// sync returns once the names in a folder last.
func (f *fileNames) sync(folder string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	changed := info.ModTime()
	if f.synced[folder].Equal(changed) {
		return nil
	}
	if f.synced == nil {
		f.synced, f.content = make(map[string]time.Time), make(map[string]time.Time)
	}
	now := time.Now()
	if err := syncFiles(folder, f.content[folder].Add(-clockTick)); err != nil {
		return err
	}
	f.content[folder] = now
	if err := syncFile(folder); err != nil {
		return err
	}
	if now.Sub(changed) > clockTick {
		f.synced[folder] = changed
	}
	return nil
}

// syncFiles syncs the files in a folder that were written to since then.
func syncFiles(folder string, since time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if err == nil && info.ModTime().After(since) {
			err = syncFile(filepath.Join(folder, entry.Name()))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) { // it may have gone
			return err
		}
	}
	return nil
}

// syncNames returns once the names of a stream's files last.
func (e *Embedded) syncNames(stream string) error {
	folder := e.streamFolder(stream)
	return errors.Join(e.names.sync(filepath.Join(folder, "msgs")), e.names.sync(folder))
}

func (e *Embedded) streamFolder(stream string) string {
	return filepath.Join(e.storeFolder(), server.JetStreamStoreDir, server.DEFAULT_GLOBAL_ACCOUNT, "streams", stream)
}

// keepNames syncs the names of all streams' files as often as the server syncs
// the files, until ctx ends.
func (e *Embedded) keepNames(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(syncInterval):
		}
		for _, stream := range e.names.all() {
			if err := e.syncNames(stream); err != nil && !errors.Is(err, os.ErrNotExist) { // which Check tells of
				e.config.Log.WarnContext(ctx, "store: folder not synced, trying again", "stream", stream, "error", err)
			}
		}
	}
}

// settled makes an acknowledged write to a stream as safe as it is said to be.
func (s *Store) settled(stream string) error {
	if s.config.Embedded == nil || s.config.Durability < pitboss.OnDisk {
		return nil
	}
	return s.config.Embedded.syncNames(stream)
}
