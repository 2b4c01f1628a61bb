package deadletter_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

// shelf is Records in memory that can be out of order.
type shelf struct {
	mu      sync.Mutex
	records map[string][]byte
	fault   error
	limit   int
}

func (s *shelf) Write(_ context.Context, id string, record []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return s.fault
	}
	if s.limit > 0 && len(record) > s.limit {
		return pitboss.ErrInvalid
	}
	s.records[id] = record
	return nil
}

func (s *shelf) Remove(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		return s.fault
	}
	delete(s.records, id)
	return nil
}

func (s *shelf) Each(_ context.Context, each func([]byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for record := range maps.Values(s.records) {
		if err := each(record); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) breaks(fault error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func (s *shelf) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records)
}

func newShelf() *shelf { return &shelf{records: map[string][]byte{}} }

// loaded is a store of another process on the same records.
func loaded(t *testing.T, c deadletter.Config[string]) *deadletter.Store[string] {
	t.Helper()
	s := newStore(t, c)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEntriesOutliveTheProcess(t *testing.T) {
	kept, back := newShelf(), &source{}
	c := deadletter.Config[string]{Records: kept, Origins: origins(back, "q"), Retention: deadletter.KeepForever}
	s := loaded(t, c)
	put(t, s, letter("q", 1), letter("q", 2), letter("q", 3), letter("q", 4))
	if err := s.Retry(t.Context(), "q-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recover(t.Context(), "q-2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "q-4"); err != nil {
		t.Fatal(err)
	}
	var seen watch
	c.Observer = seen.observe
	s = loaded(t, c)
	if kinds := seen.kinds(); len(kinds) != 1 || kinds[0] != deadletter.Restored {
		t.Errorf("told of %v", kinds)
	}
	for id, want := range map[string]deadletter.State{"q-1": deadletter.Retried, "q-2": deadletter.Recovered, "q-3": deadletter.Held} {
		if got := state(t, s, id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	_, err := s.Get("q-4")
	wantError(t, err, deadletter.ErrNotFound)
	got, err := s.Get("q-3")
	if err != nil || got.Message.Payload != "p3" || got.Error != "broken" || len(got.Attempts) != 1 || !got.EnqueuedAt.Equal(letter("q", 3).EnqueuedAt) {
		t.Errorf("got %+v, %v", got, err)
	}
	// Both are what they were for the first process, and for a repeated write.
	if err := s.Retry(t.Context(), "q-1"); err != nil || len(back.all()) != 1 {
		t.Errorf("retried again: %v, %d put back", err, len(back.all()))
	}
	put(t, s, letter("q", 3))
	if stats := s.Stats(); stats.Repeated != 1 || stats.Held != 1 {
		t.Errorf("%+v", stats)
	}
	if n, err := s.Purge(t.Context(), deadletter.Filter{State: deadletter.AnyState}); n != 3 || err != nil || kept.len() != 0 {
		t.Errorf("purged %d, %v; %d records left", n, err, kept.len())
	}
}

func TestPutFailsWhenItIsNotWritten(t *testing.T) {
	kept, broken := newShelf(), errors.New("broken")
	s := loaded(t, deadletter.Config[string]{Records: kept})
	kept.breaks(broken)
	l := letter("q", 1)
	wantError(t, s.Put(t.Context(), l), broken)
	wantError(t, s.Put(t.Context(), l), broken)
	_, known, err := s.Known(t.Context(), l.Queue, l.Sequence, l.EnqueuedAt)
	if wantError(t, err, broken); known {
		t.Error("known before it is written")
	}
	_, err = s.Recover(t.Context(), "q-1")
	wantError(t, err, broken)
	kept.breaks(nil)
	put(t, s, l)
	if _, err := s.Recover(t.Context(), "q-1"); err != nil || kept.len() != 1 {
		t.Errorf("%v, %d records", err, kept.len())
	}
}

func TestRunWritesWhatWasNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := newShelf()
		s := loaded(t, deadletter.Config[string]{Records: kept, Retention: time.Hour})
		defer running(t, s)()
		kept.breaks(errors.New("broken"))
		_ = s.Put(t.Context(), letter("q", 1))
		time.Sleep(3 * time.Second)
		kept.breaks(nil)
		time.Sleep(3 * time.Second)
		if kept.len() != 1 {
			t.Errorf("%d records", kept.len())
		}
		time.Sleep(2 * time.Hour)
		if kept.len() != 0 {
			t.Errorf("%d records of what is too old", kept.len())
		}
	})
}

// A payload that cannot be read back can be seen, but not be put back.
func TestPayloadThatCannotBeReadBack(t *testing.T) {
	kept, back := newShelf(), &source{}
	put(t, loaded(t, deadletter.Config[string]{Records: kept}), letter("q", 1))
	decode := func([]byte) (string, error) { panic("no") }
	s := loaded(t, deadletter.Config[string]{Records: kept, Origins: origins(back, "q"), Decode: decode})
	wantError(t, s.Retry(t.Context(), "q-1"), deadletter.ErrUnreadable)
	e, err := s.Archive().Entry(t.Context(), "q-1")
	if text, _ := e.MarshalJSON(); err != nil || !strings.Contains(string(text), `"payload":"p1"`) {
		t.Errorf("%s, %v", text, err)
	}
	// It is still what it was for a process that can read it.
	s = loaded(t, deadletter.Config[string]{Records: kept, Origins: origins(back, "q")})
	if err := s.Retry(t.Context(), "q-1"); err != nil || back.payloads()[0] != "p1" {
		t.Errorf("%v, %v", err, back.payloads())
	}
}

func TestPayloadTooLargeForTheRecord(t *testing.T) {
	kept := newShelf()
	kept.limit = 2000
	s := loaded(t, deadletter.Config[string]{Records: kept})
	l := letter("q", 1)
	l.Message.Payload = string(make([]byte, 10_000))
	put(t, s, l)
	s = loaded(t, deadletter.Config[string]{Records: kept, Origins: origins(&source{}, "q")})
	wantError(t, s.Retry(t.Context(), "q-1"), deadletter.ErrUnreadable)
	e, err := s.Archive().Entry(t.Context(), "q-1")
	if err != nil || e.PayloadError == "" {
		t.Errorf("%+v, %v", e, err)
	}
}
