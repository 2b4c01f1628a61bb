package natsqueue_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

func records(t *testing.T, d *natsqueue.DeadLetters) (all []string) {
	t.Helper()
	must(t, d.Each(t.Context(), func(record []byte) error {
		all = append(all, string(record))
		return nil
	}))
	return all
}

func deadLetters(t *testing.T, s *natsqueue.Store) *natsqueue.DeadLetters {
	t.Helper()
	d, err := s.OpenDeadLetters(t.Context(), "test")
	must(t, err)
	return d
}

func TestDeadLettersOutliveTheServer(t *testing.T) {
	folder := t.TempDir()
	e := started(t, natsqueue.EmbeddedConfig{Folder: folder})
	s := opened(t, e)
	d := deadLetters(t, s)
	long := strings.Repeat("very ", 1000) + "long.*>"
	for _, id := range []string{"a", "b.*.>", "", long} {
		must(t, d.Write(t.Context(), id, []byte("first of "+id)))
		must(t, d.Write(t.Context(), id, []byte("of "+id)))
	}
	must(t, d.Remove(t.Context(), "a"))
	must(t, d.Remove(t.Context(), "a"))
	must(t, d.Remove(t.Context(), "never there"))
	s.Close()
	must(t, e.Stop())
	s = opened(t, started(t, natsqueue.EmbeddedConfig{Folder: folder}))
	d = deadLetters(t, s)
	got := records(t, d)
	if len(got) != 3 || got[0] != "of b.*.>" || got[1] != "of " || got[2] != "of "+long {
		t.Errorf("%d records, %.60q", len(got), got)
	}
	must(t, d.Write(t.Context(), "b.*.>", []byte("again")))
	must(t, d.Write(t.Context(), "a", []byte("again")))
	if got = records(t, d); len(got) != 4 {
		t.Errorf("%d records, %.60q", len(got), got)
	}
}

// Of two who have the same letters open, the one that is behind is refused.
func TestDeadLettersHaveOneOwner(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	old := deadLetters(t, s)
	must(t, old.Write(t.Context(), "a", []byte("held")))
	next := deadLetters(t, s)
	records(t, next)
	must(t, next.Write(t.Context(), "a", []byte("retried")))
	if err := old.Write(t.Context(), "a", []byte("recovered")); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("got %v, want %v", err, natsqueue.ErrFenced)
	}
	if got := records(t, next); len(got) != 1 || got[0] != "retried" {
		t.Errorf("%q", got)
	}
}

// What a process has lost is not its own to remove, and what others have removed
// it need not remember.
func TestDeadLettersOfOthersStay(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	old, next := deadLetters(t, s), deadLetters(t, s)
	for _, id := range []string{"a", "b"} {
		must(t, old.Write(t.Context(), id, []byte("held")))
	}
	records(t, next)
	must(t, next.Write(t.Context(), "a", []byte("came back")))
	must(t, old.Remove(t.Context(), "a"))
	if got := records(t, next); len(got) != 2 {
		t.Errorf("%q are left of 2 letters", got)
	}
	must(t, old.Remove(t.Context(), "b"))
	if got := records(t, next); len(got) != 1 || got[0] != "came back" {
		t.Errorf("%q", got)
	}
	if n := natsqueue.Places(next); n != 1 {
		t.Errorf("%d places are remembered, and there is one letter", n)
	}
}

// A letter that is written while all are read can be written again.
func TestDeadLetterIsWrittenWhileAllAreRead(t *testing.T) {
	d := deadLetters(t, opened(t, started(t, natsqueue.EmbeddedConfig{})))
	const letters = 100
	for n := range letters {
		must(t, d.Write(t.Context(), fmt.Sprint(n), []byte("held")))
	}
	rewritten := false
	must(t, d.Each(t.Context(), func([]byte) error {
		if !rewritten {
			rewritten = true
			for n := letters / 2; n < letters; n++ {
				must(t, d.Write(t.Context(), fmt.Sprint(n), []byte("retried")))
			}
		}
		return nil
	}))
	for n := range letters {
		must(t, d.Write(t.Context(), fmt.Sprint(n), []byte("recovered")))
	}
}

func TestDeadLettersLimits(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{MaxPayload: 1 << 16}))
	d := deadLetters(t, s)
	if err := d.Write(t.Context(), "a", make([]byte, 1<<16)); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("got %v, want %v", err, pitboss.ErrInvalid)
	}
	if _, err := s.OpenDeadLetters(t.Context(), "a.b"); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("got %v, want %v", err, pitboss.ErrInvalid)
	}
}
