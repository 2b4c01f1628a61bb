package deadletter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

// Two stores share records: each has the entries of its own keys, and what one
// lets go of the other takes as it is.
func TestEntriesAreHandedOver(t *testing.T) {
	kept := newShelf()
	var seen watch
	one := newStore(t, deadletter.Config[string]{Records: kept, Scope: "one", Observer: seen.observe})
	other := newStore(t, deadletter.Config[string]{Records: kept, Scope: "other", Origins: origins(&source{}, "q")})
	of := func(key string, sequence int) pitboss.DeadLetter[string] {
		l := letter("q", sequence)
		l.Message.Key = key
		return l
	}
	put(t, one, of("a", 1), of("b", 2))
	put(t, other, of("c", 1)) // of the same place in a queue of the same name
	if kept.len() != 3 {
		t.Fatalf("%d records of 3 entries", kept.len())
	}
	only := func(key string) func(string) bool { return func(k string) bool { return k == key } }
	if err := one.Give(t.Context(), only("a")); err != nil {
		t.Fatal(err)
	}
	if err := other.Take(t.Context(), only("a")); err != nil {
		t.Fatal(err)
	}
	for s, want := range map[*deadletter.Store[string]]string{one: "q-2-one", other: "q-1-one q-1-other"} {
		var ids []string
		entries, _, err := s.List(deadletter.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			ids = append(ids, e.ID)
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("a store has %s, want %s", got, want)
		}
	}
	if kinds := seen.kinds(); kinds[len(kinds)-1] != deadletter.LetGo {
		t.Errorf("told of %v", kinds)
	}
	if err := other.Retry(t.Context(), "q-1-one"); err != nil {
		t.Error(err)
	}
	if kept.len() != 3 {
		t.Errorf("%d records are left of 3", kept.len())
	}
}
