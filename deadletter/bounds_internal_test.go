package deadletter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/handler"
)

// Entries that have gone leave no timers behind, even if nobody runs the store.
func TestTimersOfTheGoneAreLetGo(t *testing.T) {
	s, err := New(Config[int]{Capacity: 10, Retries: 1, Backoff: handler.Backoff{First: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		l := pitboss.DeadLetter[int]{Queue: "q", Sequence: uint64(i), Reason: pitboss.ReasonMaxRetries}
		if err := s.Put(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.timers); n > 200 {
		t.Errorf("%d timers of 10 entries", n)
	}
	if st := s.Stats(); st.Scheduled != 10 {
		t.Errorf("stats %+v", st)
	}
}

// An entry that a clock ahead of this one wrote does not keep Run busy.
func TestNextWithClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config[int]{Retention: KeepForever})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(t.Context(), pitboss.DeadLetter[int]{Queue: "q", Sequence: 1, Reason: pitboss.ReasonFailed}); err != nil {
			t.Fatal(err)
		}
		s.held.Front().Value.(*record[int]).touched = time.Now().Add(time.Hour)
		if wait := s.next(); wait != time.Hour {
			t.Errorf("waits %v, want an hour", wait)
		}
	})
}
