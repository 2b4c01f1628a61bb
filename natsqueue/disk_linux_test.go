package natsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/internal/mounts"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

// A disk that is full to the last byte wedges the server. Check says so; once
// there is room the server is started anew, and all goes on: whoever waits is
// answered, and nothing acknowledged is lost.
func TestDiskFull(t *testing.T) {
	if !mounts.Own(t) {
		return
	}
	disk := mounts.Disk(t, 64)
	e := started(t, natsqueue.EmbeddedConfig{Folder: filepath.Join(disk, "data"), MaxBytes: 1 << 30, MinFree: 4 << 20})
	s := opened(t, e)
	q := openQueue(t, s, config{})
	j := openJournal(t, s)
	must(t, e.Check())
	mounts.Shrink(t, disk, 1<<20)
	if err := e.Check(); !errors.Is(err, natsqueue.ErrNoSpace) {
		t.Errorf("little space: got %v, want %v", err, natsqueue.ErrNoSpace)
	}
	body := strings.Repeat("x", 10_000)
	must(t, j.Append(t.Context(), "r", 0, 1, []byte("before")))
	accepted := map[string]bool{}
	for n := 0; !natsqueue.Wedged(e); n++ {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err := q.Enqueue(ctx, pitboss.Message[string]{Payload: fmt.Sprint(n, " ", body)})
		cancel()
		if err == nil { // what is unanswered may be there or not
			accepted[fmt.Sprint(n)] = true
		}
	}
	waiting := make(chan error, 1)
	go func() { waiting <- j.Append(t.Context(), "r", 1, 2, []byte("during")) }()
	mounts.Grow(t, disk, 64)
	until(t, "the store works again", func() bool { return s.Check(t.Context()) == nil })
	if err := <-waiting; err != nil {
		t.Errorf("who waited for room: %v", err)
	}
	put(t, q, pitboss.Message[string]{Payload: "after"})
	for last := ""; last != "after"; {
		d, err := q.Dequeue(t.Context())
		must(t, errors.Join(err, d.Ack()))
		last = nameOf(d.Payload)
		delete(accepted, last)
	}
	if len(accepted) > 0 {
		t.Errorf("%d messages that were accepted are lost: %v", len(accepted), slices.Sorted(maps.Keys(accepted)))
	}
	if got := take(t, openJournal(t, s), "r"); got != "before during" {
		t.Errorf("the journal has %s", got)
	}
}

// A file system that takes no writes is told of at the start, also to root, whom
// permissions do not stop.
func TestDiskReadOnly(t *testing.T) {
	if !mounts.Own(t) {
		return
	}
	disk := mounts.Disk(t, 16)
	must(t, os.Mkdir(filepath.Join(disk, "data"), 0o700))
	mounts.ReadOnly(t, disk)
	for _, folder := range []string{filepath.Join(disk, "data"), filepath.Join(disk, "new")} {
		_, err := natsqueue.Start(t.Context(), natsqueue.EmbeddedConfig{Folder: folder, Log: quiet})
		var fault *natsqueue.FolderError
		if !errors.As(err, &fault) || !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: got %v, want a FolderError of %v", folder, err, syscall.EROFS)
		}
	}
}
