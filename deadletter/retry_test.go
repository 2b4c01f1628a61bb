package deadletter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
)

func TestRetryPutsBackOnce(t *testing.T) {
	var o source
	var w watch
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves"), Observer: w.observe})
	l := letter("moves", 1)
	l.Message.ID, l.Message.Delay, l.Message.TTL = "m1", time.Hour, time.Minute
	l.Message.Headers = map[string]string{"a": "b"}
	put(t, s, l)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := s.Retry(t.Context(), "moves-1"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := o.all()
	if len(got) != 1 {
		t.Fatalf("put back %d times", len(got))
	}
	m := got[0]
	if m.Payload != "p1" || m.Key != "k1" || m.TTL != time.Minute || m.Headers["a"] != "b" {
		t.Errorf("the message changed: %+v", m)
	}
	if m.Delay != 0 || m.ID == "m1" || m.Headers[deadletter.HeaderLetter] != "moves-1" {
		t.Errorf("put back as %+v", m)
	}
	if len(l.Message.Headers) != 1 {
		t.Error("the headers of the original changed")
	}
	if st := s.Stats(); st.PutBack != 1 || st.Held != 0 || state(t, s, "moves-1") != deadletter.Retried {
		t.Errorf("stats %+v", st)
	}
	if !slices.Equal(w.kinds(), []deadletter.Kind{deadletter.Put, deadletter.PutBack}) {
		t.Errorf("changes %v", w.kinds())
	}
	// The original's consumer died before it ended the message, and says so
	// again: it was put back already.
	put(t, s, l)
	if state(t, s, "moves-1") != deadletter.Retried {
		t.Error("held again")
	}
}

func TestRetryFaults(t *testing.T) {
	var o source
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
	expired := letter("moves", 2)
	expired.Message.Deadline = time.Now().Add(-time.Second)
	put(t, s, letter("lost", 1), expired, letter("moves", 3))
	if _, err := s.Recover(t.Context(), "moves-3"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]error{
		"nobody":  deadletter.ErrNotFound,
		"lost-1":  deadletter.ErrNoOrigin,
		"moves-2": pitboss.ErrDeadlineMissed,
		"moves-3": deadletter.ErrResolved,
	} {
		err := s.Retry(t.Context(), id)
		wantError(t, err, want)
		if e, ok := errors.AsType[*deadletter.LetterError](err); !ok || e.ID != id || e.Op != "retry" {
			t.Errorf("%s: got %#v", id, err)
		}
	}
	if len(o.all()) != 0 {
		t.Errorf("put back %v", o.payloads())
	}
	s.AddOrigin("lost", o.take)
	if err := s.Retry(t.Context(), "lost-1"); err != nil {
		t.Error(err)
	}
}

// A refused retry leaves the entry held, and the next try is the same try.
func TestRetryRefused(t *testing.T) {
	var ids []string
	taken := false
	s := newStore(t, deadletter.Config[string]{})
	s.AddOrigin("moves", func(_ context.Context, m pitboss.Message[string]) error {
		ids = append(ids, m.ID)
		switch len(ids) {
		case 1:
			return pitboss.ErrFull
		case 2:
			panic("origin")
		}
		taken = true
		return nil
	})
	put(t, s, letter("moves", 1))
	wantError(t, s.Retry(t.Context(), "moves-1"), pitboss.ErrFull)
	l, err := s.Get("moves-1")
	if err != nil || l.State != deadletter.Held || l.RetryError == "" || l.Retries != 0 {
		t.Errorf("%+v %v", l, err)
	}
	if err := s.Retry(t.Context(), "moves-1"); err == nil {
		t.Error("a panic is no success")
	}
	if err := s.Retry(t.Context(), "moves-1"); err != nil || !taken {
		t.Error(err)
	}
	if ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("the same retry under different IDs: %v", ids)
	}
	if st := s.Stats(); st.RetryFailures != 2 || st.PutBack != 1 {
		t.Errorf("stats %+v", st)
	}
}

// A message that dies again continues its entry.
func TestRetriedMessageComesBack(t *testing.T) {
	var o source
	var w watch
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves"), Observer: w.observe})
	put(t, s, letter("moves", 1))
	for round := 2; round <= 4; round++ {
		if err := s.Retry(t.Context(), "moves-1"); err != nil {
			t.Fatal(err)
		}
		again := letter("moves", round)
		again.Message = o.all()[round-2]
		again.Error = fmt.Sprint("round ", round)
		put(t, s, again, again)
	}
	list, _, err := s.List(deadletter.Filter{State: deadletter.AnyState})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", ids(list), err)
	}
	l := list[0]
	if l.ID != "moves-1" || l.State != deadletter.Held || len(l.Attempts) != 4 || l.Error != "round 4" || l.Sequence != 4 || l.Retries != 3 {
		t.Errorf("letter %+v", l)
	}
	if len(l.Message.Headers) != 0 || l.Message.ID != "" {
		t.Errorf("the message changed: %+v", l.Message)
	}
	if st := s.Stats(); st.CameBack != 3 || st.Put != 1 || st.Repeated != 3 {
		t.Errorf("stats %+v", st)
	}
}

// The message dies again before the store has heard that it was taken.
func TestRetriedMessageComesBackAtOnce(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{})
	s.AddOrigin("moves", func(ctx context.Context, m pitboss.Message[string]) error {
		again := letter("moves", 2)
		again.Message = m
		return s.Put(ctx, again)
	})
	put(t, s, letter("moves", 1))
	if err := s.Retry(t.Context(), "moves-1"); err != nil {
		t.Fatal(err)
	}
	if l, err := s.Get("moves-1"); err != nil || l.State != deadletter.Held || l.Retries != 1 {
		t.Errorf("%+v %v", l, err)
	}
}

func TestRetryAllInOrderAndPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o source
		s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
		for i := range 5 {
			put(t, s, letter("moves", i))
			time.Sleep(time.Second)
		}
		put(t, s, letter("lost", 9))
		start := time.Now()
		n, err := s.RetryAll(t.Context(), deadletter.Filter{Queue: "moves", Limit: 4}, 10)
		if n != 4 || err != nil || time.Since(start) != 300*time.Millisecond {
			t.Errorf("%d in %v, %v", n, time.Since(start), err)
		}
		if got := o.payloads(); !slices.Equal(got, []string{"p0", "p1", "p2", "p3"}) {
			t.Errorf("put back %v", got)
		}
		n, err = s.RetryAll(t.Context(), deadletter.Filter{}, 0)
		if n != 1 || !errors.Is(err, deadletter.ErrNoOrigin) {
			t.Errorf("%d, %v", n, err)
		}
		if n, err := s.RetryAll(t.Context(), deadletter.Filter{Queue: "moves"}, 0); n != 0 || err != nil {
			t.Errorf("again: %d, %v", n, err)
		}
	})
}

func TestRetryAllStopsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o source
		s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
		for i := range 20 {
			put(t, s, letter("moves", i))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
		defer cancel()
		n, err := s.RetryAll(ctx, deadletter.Filter{}, 1)
		if n != 5 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func TestRecover(t *testing.T) {
	var o source
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
	put(t, s, letter("moves", 1), letter("moves", 2))
	for range 2 {
		l, err := s.Recover(t.Context(), "moves-1")
		if err != nil || l.Message.Payload != "p1" || l.State != deadletter.Recovered {
			t.Errorf("%+v %v", l, err)
		}
	}
	if st := s.Stats(); st.TakenOut != 1 || st.Held != 1 {
		t.Errorf("stats %+v", st)
	}
	if err := s.Retry(t.Context(), "moves-2"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Recover(t.Context(), "moves-2")
	wantError(t, err, deadletter.ErrResolved)
	_, err = s.Recover(t.Context(), "moves-3")
	wantError(t, err, deadletter.ErrNotFound)
}

func TestPurge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w watch
		s := newStore(t, deadletter.Config[string]{Observer: w.observe})
		put(t, s, letter("moves", 1), letter("moves", 2))
		time.Sleep(time.Hour)
		put(t, s, letter("moves", 3), letter("tasks", 4))

		f := deadletter.Filter{OlderThan: time.Minute}
		dry, err := s.Counts(f)
		if err != nil || len(dry) != 1 || dry[0].Count != 2 || s.Stats().Held != 4 {
			t.Errorf("dry run %v %v", dry, err)
		}
		if n, err := s.Purge(t.Context(), f); n != 2 || err != nil {
			t.Errorf("%d %v", n, err)
		}
		if n, err := s.Purge(t.Context(), deadletter.Filter{Limit: 1}); n != 1 || err != nil {
			t.Errorf("with a limit: %d %v", n, err)
		}
		if st := s.Stats(); st.Held != 1 || st.Purged != 3 {
			t.Errorf("stats %+v", st)
		}
		purged := 0
		for _, k := range w.kinds() {
			if k == deadletter.Purged {
				purged++
			}
		}
		if purged != 3 {
			t.Errorf("changes %v", w.kinds())
		}
	})
}

// What is being put back can neither be purged, evicted nor recovered in the
// middle of it.
func TestRetryUnderWayIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, deadletter.Config[string]{Capacity: 1})
		gate := make(chan struct{})
		s.AddOrigin("moves", func(context.Context, pitboss.Message[string]) error {
			<-gate
			return nil
		})
		put(t, s, letter("moves", 1))
		retried := make(chan error)
		go func() { retried <- s.Retry(context.Background(), "moves-1") }()
		synctest.Wait()
		if n, err := s.Purge(t.Context(), deadletter.Filter{}); n != 0 || err != nil {
			t.Errorf("purged %d %v", n, err)
		}
		put(t, s, letter("moves", 2))
		for _, id := range []string{"moves-1", "moves-2"} {
			if _, err := s.Get(id); err != nil {
				t.Errorf("evicted: %v", err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Recover(ctx, "moves-1")
		wantError(t, err, context.DeadlineExceeded)
		close(gate)
		if err := <-retried; err != nil {
			t.Error(err)
		}
		_, err = s.Recover(t.Context(), "moves-1")
		wantError(t, err, deadletter.ErrResolved)
	})
}

func TestScheduledRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		s := newStore(t, deadletter.Config[string]{
			Retries: 3,
			Backoff: handler.Backoff{First: time.Minute, Max: 3 * time.Minute, Jitter: handler.NoJitter},
		})
		s.AddOrigin("moves", func(_ context.Context, m pitboss.Message[string]) error {
			at = append(at, time.Since(start))
			again := letter("moves", 100+len(at))
			again.Message = m
			return s.Put(context.Background(), again)
		})
		stop := running(t, s)
		expired, other := letter("moves", 2), letter("moves", 3)
		expired.Message.Deadline = start.Add(30 * time.Second)
		other.Reason = pitboss.ReasonInvalid
		put(t, s, letter("moves", 1), expired, other)
		if st := s.Stats(); st.Scheduled != 1 {
			t.Errorf("stats %+v", st)
		}
		time.Sleep(time.Hour)
		stop()
		want := []time.Duration{time.Minute, 3 * time.Minute, 6 * time.Minute}
		if !slices.Equal(at, want) {
			t.Errorf("put back at %v, want %v", at, want)
		}
		if l, err := s.Get("moves-1"); err != nil || l.State != deadletter.Held || !l.RetryAt.IsZero() {
			t.Errorf("%+v %v", l, err)
		}
	})
}

func TestScheduledRetryIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		o := source{refuse: func() error {
			at = append(at, time.Since(start))
			if len(at) < 3 {
				return pitboss.ErrFull
			}
			return nil
		}}
		s := newStore(t, deadletter.Config[string]{
			Retries: 1, Origins: origins(&o, "moves"),
			Backoff: handler.Backoff{First: time.Minute, Jitter: handler.NoJitter},
		})
		stop := running(t, s)
		put(t, s, letter("moves", 1))
		time.Sleep(time.Hour)
		stop()
		if want := []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}; !slices.Equal(at, want) {
			t.Errorf("tried at %v, want %v", at, want)
		}
		if state(t, s, "moves-1") != deadletter.Retried {
			t.Error("not put back in the end")
		}
	})
}

// Jitter spreads scheduled retries over their whole wait.
func TestScheduledRetriesAreSpread(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{Retries: 1, Backoff: handler.Backoff{First: time.Hour}})
	var quarters [4]int
	for i := range 400 {
		put(t, s, letter("moves", i))
	}
	list, _, err := s.List(deadletter.Filter{Limit: deadletter.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		wait := l.RetryAt.Sub(l.At)
		quarters[min(3, max(0, int(wait/(15*time.Minute))))]++
	}
	for i, n := range quarters {
		if n < 50 { // 100 expected; 50 is more than five deviations away
			t.Errorf("%d of 400 in quarter %d", n, i)
		}
	}
}

// A store that is run again takes up what the last run left.
func TestRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o source
		s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
		for i := range 10 {
			l := letter("moves", i)
			l.RetryAt = time.Now().Add(time.Duration(i) * time.Second)
			put(t, s, l)
		}
		for range 4 {
			stop := running(t, s)
			time.Sleep(2500 * time.Millisecond)
			stop()
		}
		if n := len(o.all()); n != 10 {
			t.Errorf("%d of 10 put back", n)
		}
		if st := s.Stats(); st.Scheduled != 0 || st.PutBack != 10 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestParkedLetterSaysHowOftenItWasTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o source
		s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
		defer running(t, s)()
		l := letter("moves", 1)
		l.Message.Headers = map[string]string{handler.HeaderAttempts: "2"}
		l.RetryAt = time.Now().Add(time.Second)
		put(t, s, l, letter("moves", 2))
		time.Sleep(time.Second)
		synctest.Wait()
		if err := s.Retry(t.Context(), "moves-2"); err != nil {
			t.Fatal(err)
		}
		got := o.all()
		if len(got) != 2 || got[0].Headers[handler.HeaderAttempts] != "3" {
			t.Fatalf("put back %+v", got)
		}
		if _, ok := got[1].Headers[handler.HeaderAttempts]; ok {
			t.Error("a message that was given up on starts over")
		}
	})
}
