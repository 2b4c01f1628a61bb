package natsqueue_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/queue"
)

var quiet = slog.New(slog.DiscardHandler)

// started runs a server for the test.
func started(t testing.TB, c natsqueue.EmbeddedConfig) *natsqueue.Embedded {
	t.Helper()
	if c.Folder == "" {
		c.Folder = t.TempDir()
	}
	c.Log = quiet
	e, err := natsqueue.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// opened connects to e for the test, as another process would.
func opened(t testing.TB, e *natsqueue.Embedded) *natsqueue.Store {
	t.Helper()
	s, err := natsqueue.Open(t.Context(), natsqueue.Config{Embedded: e, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestEmbeddedStartsAndStops(t *testing.T) {
	for _, durability := range []pitboss.Durability{pitboss.InProcess, pitboss.OnDisk} {
		e := started(t, natsqueue.EmbeddedConfig{Durability: durability})
		s := opened(t, e)
		if s.Durability() != durability {
			t.Errorf("durability %s, want %s", s.Durability(), durability)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		s.Close()
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestEmbeddedFolderInUse(t *testing.T) {
	folder := t.TempDir()
	e := started(t, natsqueue.EmbeddedConfig{Folder: folder})
	_, err := natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{Folder: folder, Log: quiet})
	if !errors.Is(err, natsqueue.ErrInUse) || !strings.Contains(err.Error(), folder) {
		t.Fatalf("got %v, want %v", err, natsqueue.ErrInUse)
	}
	// It would be odd advice to stop the process that asks.
	if !strings.Contains(err.Error(), "this process") {
		t.Errorf("got %v", err)
	}
	// The holder has written down which process it is.
	if err := os.WriteFile(filepath.Join(folder, "pitboss.lock"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{Folder: folder, Log: quiet})
	if !errors.Is(err, natsqueue.ErrInUse) || !strings.Contains(err.Error(), "stop process 1,") {
		t.Errorf("got %v", err)
	}
	if err := e.Stop(); err != nil {
		t.Fatal(err)
	}
	started(t, natsqueue.EmbeddedConfig{Folder: folder})
}

// A file in the folder's place stands for what cannot be written to: also the
// superuser, as whom tests may run, cannot make a folder below it.
func TestEmbeddedFolderNotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{file, filepath.Join(file, "below"), "/proc/pitboss"} {
		_, err := natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{Folder: folder, Log: quiet})
		var fault *natsqueue.FolderError
		if !errors.As(err, &fault) || fault.Folder != folder || fault.Hint == "" {
			t.Errorf("%s: got %v, want a FolderError", folder, err)
		}
	}
}

func TestEmbeddedFolderVanished(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	e := started(t, natsqueue.EmbeddedConfig{Folder: folder})
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	away := folder + "-away"
	if err := os.Rename(folder, away); err != nil {
		t.Fatal(err)
	}
	var fault *natsqueue.FolderError
	if err := e.Check(); !errors.As(err, &fault) {
		t.Errorf("got %v, want a FolderError", err)
	}
	if err := os.Rename(away, folder); err != nil {
		t.Fatal(err)
	}
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}

// A stream that is opened again and again is looked after once.
func TestStreamIsLookedAfterOnce(t *testing.T) {
	e := started(t, natsqueue.EmbeddedConfig{})
	s := opened(t, e)
	for range 3 {
		must(t, acquire(t, s, "ann", nil).Release(t.Context()))
	}
	if names := natsqueue.LookedAfter(e); len(names) != 1 {
		t.Errorf("looks after %v", names)
	}
}

// Once it has stopped there is one thing to say of a server.
func TestCheckOfAStoppedServer(t *testing.T) {
	e := started(t, natsqueue.EmbeddedConfig{Folder: t.TempDir()})
	must(t, e.Stop())
	if err := e.Check(); err == nil || !strings.HasSuffix(err.Error(), "the embedded server was stopped") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestOpenQueueWithoutAStore(t *testing.T) {
	_, err := natsqueue.OpenQueue(t.Context(), nil, natsqueue.QueueConfig[string]{Config: queue.Config[string]{Name: "q"}})
	if !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestEmbeddedTooLittleSpace(t *testing.T) {
	_, err := natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{Folder: t.TempDir(), MinFree: 1 << 60, Log: quiet})
	if !errors.Is(err, natsqueue.ErrNoSpace) {
		t.Errorf("got %v, want %v", err, natsqueue.ErrNoSpace)
	}
}

func TestEmbeddedConfigFaults(t *testing.T) {
	_, err := natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{MaxBytes: -1, MinFree: -1, MaxPayload: -1, Durability: 9})
	for _, field := range []string{"folder", "durability", "max_bytes", "min_free", "max_payload"} {
		if err == nil || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}

func TestOpenUnreachable(t *testing.T) {
	_, err := natsqueue.Open(t.Context(), natsqueue.Config{
		URL: "nats://ann:s3cret@127.0.0.1:1,127.0.0.1:2", ConnectTimeout: time.Second, Log: quiet,
	})
	if !errors.Is(err, natsqueue.ErrUnreachable) || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v, want %v", err, natsqueue.ErrUnreachable)
	}
	_, err = natsqueue.Open(t.Context(), natsqueue.Config{URL: "nats://ann:s3 cret@127.0.0.1", Log: quiet})
	if !errors.Is(err, pitboss.ErrInvalid) || strings.Contains(err.Error(), "cret") {
		t.Errorf("got %v, want %v", err, pitboss.ErrInvalid)
	}
}

func TestOpenConfigFaults(t *testing.T) {
	_, err := natsqueue.Open(t.Context(), natsqueue.Config{Prefix: "a.b", Replicas: -1, ConnectTimeout: -1, Durability: 9})
	for _, field := range []string{"store", "prefix", "replicas", "connect_timeout", "durability"} {
		if err == nil || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}
