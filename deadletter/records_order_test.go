package deadletter_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss/deadletter"
)

// What a store takes over is as old as it was: it ages out in its turn, and goes
// before what is younger.
func TestTakenEntriesKeepTheirAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := newShelf()
		one := newStore(t, deadletter.Config[string]{Records: kept, Scope: "one"})
		put(t, one, letter("q", 1))
		time.Sleep(time.Hour)
		other := newStore(t, deadletter.Config[string]{Records: kept, Scope: "other", Capacity: 2})
		put(t, other, letter("q", 2))
		if err := other.Take(t.Context(), func(string) bool { return true }); err != nil {
			t.Fatal(err)
		}
		put(t, other, letter("q", 3))
		if _, err := other.Get("q-2-other"); err != nil {
			t.Errorf("the younger was evicted: %v", err)
		}
		if _, err := other.Get("q-1-one"); err == nil {
			t.Error("the older was kept")
		}
	})
}
