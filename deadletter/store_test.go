package deadletter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
)

func TestPutIsIdempotent(t *testing.T) {
	var w watch
	s := newStore(t, deadletter.Config[string]{Observer: w.observe})
	l := letter("moves", 1)
	put(t, s, l, l, letter("moves", 2), l)
	if st := s.Stats(); st.Put != 2 || st.Repeated != 2 || st.Held != 2 {
		t.Errorf("stats %+v", st)
	}
	if got := w.kinds(); !slices.Equal(got, []deadletter.Kind{deadletter.Put, deadletter.Put}) {
		t.Errorf("changes %v", got)
	}
	got, err := s.Get("moves-1")
	if err != nil {
		t.Fatal(err)
	}
	if got.Message.Payload != "p1" || got.Reason != pitboss.ReasonMaxRetries || got.State != deadletter.Held || got.At.IsZero() || len(got.Attempts) != 1 {
		t.Errorf("letter %+v", got)
	}
	_, err = s.Get("moves-9")
	wantError(t, err, deadletter.ErrNotFound)
}

// The same name and number, but another queue: not the same message.
func TestPutTellsQueuesApart(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{})
	a, b := letter("moves", 1), letter("moves", 1)
	b.EnqueuedAt = b.EnqueuedAt.Add(time.Hour)
	c := letter("tasks", 1)
	d := letter("tasks", 2)
	d.ID = "of my own"
	put(t, s, a, b, c, d)
	list, _, err := s.List(deadletter.Filter{})
	if err != nil || len(list) != 4 {
		t.Fatalf("%v %v", ids(list), err)
	}
	if _, err := s.Get("of my own"); err != nil {
		t.Error(err)
	}
}

// A letter that somebody made by hand, of a message that was in no queue, is not
// taken for another one of the kind.
func TestPutWithoutASequence(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{})
	byHand := func(payload, id string) pitboss.DeadLetter[string] {
		return pitboss.DeadLetter[string]{
			ID: id, Queue: "imports", Message: pitboss.Message[string]{Payload: payload}, Reason: pitboss.ReasonInvalid,
		}
	}
	put(t, s, byHand("a", ""), byHand("b", ""), byHand("c", "line 7"), byHand("c", "line 7"), byHand("d", ""))
	list, _, err := s.List(deadletter.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, l := range list {
		kept = append(kept, l.Message.Payload)
	}
	slices.Sort(kept)
	if st := s.Stats(); !slices.Equal(kept, []string{"a", "b", "c", "d"}) || st.Put != 4 || st.Repeated != 1 {
		t.Errorf("kept %v as %v, stats %+v", kept, ids(list), st)
	}
}

func TestPutOnEndedContext(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, s.Put(ctx, letter("moves", 1)), context.Canceled)
	if s.Stats().Put != 0 {
		t.Error("put all the same")
	}
}

func TestKnown(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{})
	l := letter("moves", 1)
	put(t, s, l)
	reason, ok, err := s.Known(t.Context(), "moves", 1, l.EnqueuedAt)
	if reason != pitboss.ReasonMaxRetries || !ok || err != nil {
		t.Errorf("got %v %v %v", reason, ok, err)
	}
	if _, ok, _ := s.Known(t.Context(), "moves", 2, l.EnqueuedAt); ok {
		t.Error("knows what was never put")
	}
	if _, err := s.Purge(t.Context(), deadletter.Filter{}); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := s.Known(t.Context(), "moves", 1, l.EnqueuedAt); ok {
		t.Error("knows what was purged")
	}
}

// Beyond the capacity what was disposed of goes first, in silence; then the
// oldest that are held, counted and told.
func TestCapacity(t *testing.T) {
	var w watch
	var o source
	s := newStore(t, deadletter.Config[string]{Capacity: 3, Origins: origins(&o, "moves"), Observer: w.observe})
	put(t, s, letter("moves", 1), letter("moves", 2), letter("moves", 3))
	if err := s.Retry(t.Context(), "moves-2"); err != nil {
		t.Fatal(err)
	}
	put(t, s, letter("moves", 4), letter("moves", 5))
	list, _, err := s.List(deadletter.Filter{State: deadletter.AnyState})
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(list); !slices.Equal(got, []string{"moves-5", "moves-4", "moves-3"}) {
		t.Errorf("kept %v", got)
	}
	if st := s.Stats(); st.Evicted != 1 || st.Held != 3 {
		t.Errorf("stats %+v", st)
	}
	if last := w.seen[len(w.seen)-1]; last.Kind != deadletter.Evicted || last.Entry.ID != "moves-1" {
		t.Errorf("last change %+v", last)
	}
}

func TestRetention(t *testing.T) {
	for _, run := range []bool{true, false} {
		t.Run(fmt.Sprint("Run ", run), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var w watch
				s := newStore(t, deadletter.Config[string]{Retention: time.Hour, Observer: w.observe})
				if run {
					defer running(t, s)()
				}
				put(t, s, letter("moves", 1))
				time.Sleep(30 * time.Minute)
				put(t, s, letter("moves", 2))
				if _, err := s.Recover(t.Context(), "moves-2"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(31 * time.Minute)
				if !run {
					put(t, s, letter("moves", 3)) // ageing happens as entries come
				}
				synctest.Wait()
				if _, err := s.Get("moves-1"); !errors.Is(err, deadletter.ErrNotFound) {
					t.Errorf("still there: %v", err)
				}
				if st := s.Stats(); st.AgedOut != 1 || st.Evicted != 0 {
					t.Errorf("stats %+v", st)
				}
				if !slices.Contains(w.kinds(), deadletter.AgedOut) {
					t.Errorf("changes %v", w.kinds())
				}
				time.Sleep(2 * time.Hour)
				put(t, s, letter("moves", 4))
				if _, err := s.Get("moves-2"); !errors.Is(err, deadletter.ErrNotFound) {
					t.Errorf("recovered long ago, still there: %v", err)
				}
			})
		})
	}
}

func TestKeepForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, deadletter.Config[string]{Retention: deadletter.KeepForever})
		defer running(t, s)()
		put(t, s, letter("moves", 1))
		time.Sleep(3 * 365 * 24 * time.Hour)
		if _, err := s.Get("moves-1"); err != nil {
			t.Error(err)
		}
	})
}

func TestNewTellsAllFaults(t *testing.T) {
	_, err := deadletter.New(deadletter.Config[string]{
		Capacity: -1, Retention: -1, Retries: -1, RetryReasons: []pitboss.Reason{"bored"},
		Backoff: handler.Backoff{Factor: -1},
	})
	wantError(t, err, pitboss.ErrInvalid)
	for _, field := range []string{"capacity", "retention", "retries", "retry_reasons", "retry.factor"} {
		if !slices.ContainsFunc(fields(err), func(f string) bool { return f == field }) {
			t.Errorf("%s is missing in %v", field, err)
		}
	}
}

func fields(err error) (names []string) {
	switch e := err.(type) {
	case *pitboss.FieldError:
		return []string{e.Field}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			names = append(names, fields(inner)...)
		}
	case interface{ Unwrap() error }:
		return fields(e.Unwrap())
	}
	return names
}

// A hook that panics harms nobody.
func TestObserverPanics(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{Observer: func(context.Context, deadletter.Change) { panic("hook") }})
	put(t, s, letter("moves", 1))
	if s.Stats().Held != 1 {
		t.Error("the letter is lost")
	}
}
