package deadletter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// A handler that copies headers to a message of its own does not lose that
// message in the entry of the one it came from.
func TestCopiedHeadersAreAnotherMessage(t *testing.T) {
	var o source
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
	put(t, s, letter("moves", 1))
	if err := s.Retry(t.Context(), "moves-1"); err != nil {
		t.Fatal(err)
	}
	followUp := letter("moves", 2)
	followUp.Message.Headers = o.all()[0].Headers
	elsewhere := letter("tasks", 3)
	elsewhere.Message.Headers, elsewhere.Message.ID = o.all()[0].Headers, o.all()[0].ID
	put(t, s, followUp, elsewhere)
	if state(t, s, "moves-1") != deadletter.Retried {
		t.Error("the entry was continued by another message")
	}
	for id, want := range map[string]string{"moves-2": "p2", "tasks-3": "p3"} {
		if l, err := s.Get(id); err != nil || l.Message.Payload != want {
			t.Errorf("%s: %+v, %v", id, l, err)
		}
	}
}

// What a parked message's attempts take is not taken from the store's retries.
func TestParkingLeavesTheStoreItsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o source
		s := newStore(t, deadletter.Config[string]{
			Origins: origins(&o, "moves"), Retries: 2,
			Backoff: handler.Backoff{First: time.Minute, Jitter: handler.NoJitter},
		})
		defer running(t, s)()
		dies := func(parked bool) {
			l := letter("moves", 1+len(o.all()))
			if n := len(o.all()); n > 0 {
				l.Message = o.all()[n-1]
			}
			if parked {
				l.Reason, l.RetryAt = pitboss.ReasonFailed, time.Now().Add(time.Second)
			}
			put(t, s, l)
			time.Sleep(10 * time.Minute)
			synctest.Wait()
		}
		for range 3 {
			dies(true)
		}
		for range 3 { // the store's own two retries, and then nothing
			dies(false)
		}
		if n := len(o.all()); n != 5 {
			t.Errorf("put back %d times, want 3 and 2", n)
		}
		if l, err := s.Get("moves-1"); err != nil || l.State != deadletter.Held || l.Retries != 5 {
			t.Errorf("%+v, %v", l, err)
		}
	})
}

// An entry that comes back for ever remembers no more than the last places, and
// these still tell a repeated write.
func TestPlacesAreBounded(t *testing.T) {
	var o source
	kept := newShelf()
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves"), Records: kept})
	put(t, s, letter("moves", 1))
	var last pitboss.DeadLetter[string]
	size := 0
	for n := 2; n <= 400; n++ {
		if err := s.Retry(t.Context(), "moves-1"); err != nil {
			t.Fatal(err)
		}
		last = letter("moves", n)
		last.Message = o.all()[n-2]
		put(t, s, last)
		if n == 200 {
			size = len(kept.records["moves-1"])
		}
	}
	if now := len(kept.records["moves-1"]); now > size+1000 {
		t.Errorf("the record grew from %d to %d bytes", size, now)
	}
	put(t, s, last)
	if st := s.Stats(); st.Repeated != 1 || st.Put != 1 {
		t.Errorf("stats %+v", st)
	}
}

// A rate of less than one in three centuries is slow, not unlimited.
func TestRetryAllVerySlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, rate := range []float64{1e-12, math.SmallestNonzeroFloat64} {
			var o source
			s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
			put(t, s, letter("moves", 1), letter("moves", 2))
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			n, err := s.RetryAll(ctx, deadletter.Filter{}, rate)
			cancel()
			if n != 1 || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("at a rate of %v: %d, %v", rate, n, err)
			}
		}
	})
}

// RetryAll counts what it put back, not what had been.
func TestRetryAllCountsItsOwn(t *testing.T) {
	var o source
	s := newStore(t, deadletter.Config[string]{Origins: origins(&o, "moves")})
	put(t, s, letter("moves", 1), letter("moves", 2))
	if err := s.Retry(t.Context(), "moves-1"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.RetryAll(t.Context(), deadletter.Filter{State: deadletter.AnyState}, 0); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// The store goes on after a hook of its configuration panicked.
func TestEditPanics(t *testing.T) {
	var o source
	s := newStore(t, deadletter.Config[string]{
		Origins: origins(&o, "moves"), Edit: func(string, []byte) (string, error) { panic("edit") },
	})
	put(t, s, letter("moves", 1))
	if err := s.RetryWith(t.Context(), "moves-1", []byte(`"x"`)); err == nil {
		t.Error("no error")
	}
	if err := s.Retry(t.Context(), "moves-1"); err != nil {
		t.Error(err)
	}
}

type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("json") }

func TestEntryOfPanickingPayload(t *testing.T) {
	text, err := json.Marshal([]deadletter.Entry{{ID: "a", Payload: explosive{}}, {ID: "b", Payload: 1}})
	var got []deadletter.Entry
	if err != nil || json.Unmarshal(text, &got) != nil || got[0].PayloadError == "" || fmt.Sprintf("%s", got[1].Payload) != "1" {
		t.Errorf("%s, %v", text, err)
	}
}

func TestJoinOfNothing(t *testing.T) {
	_, err := deadletter.Join().Entries(t.Context(), deadletter.Filter{Limit: -1})
	wantError(t, err, pitboss.ErrInvalid)
}

// Without somebody to tell, a letter that cannot be put is logged.
func TestFromDropsWithoutHook(t *testing.T) {
	hook := deadletter.FromDrops[string](refusing{}, "moves", nil)
	hook(queue.Drop[string]{Reason: pitboss.ReasonOverflow, Sequence: 1})
}

// refusing dead letters take nothing, but give the writer time to do it.
type refusing struct{}

func (refusing) Put(ctx context.Context, _ pitboss.DeadLetter[string]) error {
	if _, bounded := ctx.Deadline(); !bounded {
		panic("a letter that may take for ever")
	}
	return errors.New("refused")
}
