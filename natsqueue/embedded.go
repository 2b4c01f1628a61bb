package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/pitboss-dev/pitboss"
)

// EmbeddedConfig describes a server in this process. Folder is required.
type EmbeddedConfig struct {
	// Folder holds the data. It is made if it is missing, and belongs to one
	// process at a time.
	Folder string
	// Durability is what an acknowledged write survives: [pitboss.InProcess]
	// or [pitboss.OnDisk]. Zero: InProcess.
	Durability pitboss.Durability
	// MaxBytes bounds what the store occupies. Zero: half of what is free
	// beyond MinFree, at most 64 GiB.
	MaxBytes int64
	// MinFree is the free space below which [Embedded.Check] fails, because a
	// disk that is full wedges the store. Zero: 256 MiB.
	MinFree int64
	// MaxPayload bounds one write, in bytes. Zero: 8 MiB.
	MaxPayload int
	// Log gets what the server has to say, from warnings up. Nil: slog's
	// default.
	Log *slog.Logger
}

const (
	// syncInterval is how long a write may stay unsynced with InProcess. At
	// 100 ms a simulated power cut took nothing older than 300 ms, for 0 to
	// 15 % of the speed.
	syncInterval      = 100 * time.Millisecond
	defaultMaxPayload = 8 << 20
	defaultMinFree    = 256 << 20
	maxStoreBytes     = 64 << 30
	startTimeout      = 30 * time.Second
)

func (c *EmbeddedConfig) prepare() error {
	var faults pitboss.FieldErrors
	if c.Folder == "" {
		faults.Add("folder", c.Folder, "a folder")
	}
	if c.Durability > pitboss.OnDisk {
		faults.Add("durability", c.Durability, "process or disk")
	}
	if c.MaxBytes < 0 {
		faults.Add("max_bytes", c.MaxBytes, "zero (half of the free space) or more")
	}
	if c.MinFree < 0 {
		faults.Add("min_free", c.MinFree, "zero (256 MiB) or more")
	}
	if c.MaxPayload < 0 || c.MaxPayload > server.MAX_PAYLOAD_MAX_SIZE {
		faults.Add("max_payload", c.MaxPayload, fmt.Sprintf("zero (8 MiB), or 1 to %d", server.MAX_PAYLOAD_MAX_SIZE))
	}
	if err := faults.Err(); err != nil {
		return fmt.Errorf("embedded store: %w", err)
	}
	if c.Durability == pitboss.InMemory {
		c.Durability = pitboss.InProcess
	}
	if c.MinFree == 0 {
		c.MinFree = defaultMinFree
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = defaultMaxPayload
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

// Embedded is a NATS server with JetStream in this process. It listens on no
// port: only this process reaches it. Stop it with [Embedded.Stop].
type Embedded struct {
	config EmbeddedConfig
	lock   *folderLock
	server atomic.Pointer[server.Server]
	names  fileNames
	marks  marks
	end    context.CancelFunc // of what runs beside the server
	beside sync.WaitGroup
}

// Start opens the folder and runs a server on it. It fails with a
// [FolderError] when the folder cannot be used.
func Start(ctx context.Context, c EmbeddedConfig) (*Embedded, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	lock, err := lockFolder(c.Folder)
	if err != nil {
		return nil, err
	}
	e := &Embedded{config: c, lock: lock}
	clean, err := e.marks.load(c.Folder)
	if err == nil && !clean {
		err = e.dropIndexes()
	}
	if err == nil {
		err = e.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("embedded store in %s: %w", c.Folder, err), lock.release())
	}
	beside, end := context.WithCancel(context.WithoutCancel(ctx))
	e.end = end
	e.beside.Go(func() { e.keepNames(beside) })
	e.beside.Go(func() { e.watch(beside) })
	e.beside.Go(func() { e.keepMarks(beside) })
	return e, nil
}

// dropIndexes has the server read its streams anew. After a power cut their
// indexes may know of messages that are lost: then it would refuse what goes on
// from those that are left, and leave gaps.
func (e *Embedded) dropIndexes() error {
	streams, err := os.ReadDir(filepath.Dir(e.streamFolder("any")))
	if errors.Is(err, os.ErrNotExist) {
		return nil // a new folder
	}
	for _, stream := range streams {
		index := filepath.Join(e.streamFolder(stream.Name()), "msgs", "index.db")
		if failed := os.Remove(index); !errors.Is(failed, os.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// start runs a server on the folder.
func (e *Embedded) start(ctx context.Context) error {
	c := &e.config
	if c.MaxBytes == 0 {
		free, err := freeSpace(c.Folder)
		if err != nil {
			return err
		}
		if free <= c.MinFree {
			return fmt.Errorf("%d MiB free, and %d MiB must stay so: %w; make room or choose another folder",
				free>>20, c.MinFree>>20, ErrNoSpace)
		}
		c.MaxBytes = min((free-c.MinFree)/2+1, maxStoreBytes)
	}
	s, err := server.NewServer(&server.Options{
		ServerName:             "pitboss",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		DisableJetStreamBanner: true,
		StoreDir:               e.storeFolder(),
		JetStreamMaxStore:      c.MaxBytes,
		JetStreamMaxMemory:     64 << 20,
		SyncInterval:           syncInterval,
		SyncAlways:             c.Durability == pitboss.OnDisk,
		MaxPayload:             int32(c.MaxPayload),
		MaxPending:             int64(max(server.MAX_PENDING_SIZE, 8*c.MaxPayload)),
	})
	if err != nil {
		return err
	}
	log := &serverLog{log: c.Log}
	s.SetLoggerV2(log, false, false, false)
	started := make(chan struct{})
	go func() {
		defer close(started)
		s.Start() // returns once the server runs, because it does not listen
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case <-started:
	case <-ctx.Done():
		err = fmt.Errorf("the server does not start: %w", context.Cause(ctx))
	}
	if err == nil {
		err = log.fatal()
	}
	if err == nil && !s.JetStreamEnabled() {
		err = errors.New("the server runs without its store")
	}
	if err != nil {
		s.Shutdown()
		<-started
		s.WaitForShutdown()
		return err
	}
	e.server.Store(s)
	return nil
}

func (e *Embedded) storeFolder() string { return e.config.Folder }

// Durability is what an acknowledged write survives.
func (e *Embedded) Durability() pitboss.Durability { return e.config.Durability }

// Check reports what keeps the server from doing its work, or will soon: a
// full disk, a folder that has gone or turned read-only. Writes are acknowledged
// for a while even then, so ask from time to time. A server that has failed to
// write is started anew once that can be mended.
func (e *Embedded) Check() error {
	fault := e.wedged()
	if fault != nil {
		fault = fmt.Errorf("embedded store in %s: %w", e.config.Folder, fault)
	}
	if errors.Is(fault, errStopped) {
		return fault // the folder is no longer its own
	}
	return errors.Join(e.usable(), fault)
}

// Stop shuts the server down, syncs the folder and gives it free. Close the
// stores that use it first. Stopping twice is harmless.
func (e *Embedded) Stop() error {
	e.end()
	e.beside.Wait()
	s := e.server.Swap(nil)
	if s == nil {
		return nil
	}
	reached := e.reached(s)
	s.Shutdown()
	s.WaitForShutdown()
	err := syncTree(e.config.Folder)
	if err == nil {
		err = e.marks.save(e.config.Folder, reached, true)
	}
	return errors.Join(err, e.lock.release())
}

// syncStream syncs a new stream's files and the folders that lead to it. The
// server syncs messages but not the files that say which streams there are, so
// a power cut could take a whole stream with all that it holds.
func (e *Embedded) syncStream(name string) error {
	files := e.streamFolder(name)
	if _, err := os.Stat(files); err != nil {
		return err // what cannot be found was not synced
	}
	if err := syncTree(files); err != nil {
		return err
	}
	for folder := filepath.Dir(files); len(folder) >= len(e.config.Folder); folder = filepath.Dir(folder) {
		if err := syncFile(folder); err != nil || folder == filepath.Dir(folder) {
			return err
		}
	}
	return nil
}

// syncTree syncs every file and folder from root on downwards.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return nil // the server has removed it in the meantime
			}
			return err
		}
		if !entry.IsDir() && !entry.Type().IsRegular() {
			return nil
		}
		return syncFile(path)
	})
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // the server has removed it in the meantime
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
