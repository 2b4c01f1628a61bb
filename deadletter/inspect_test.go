package deadletter_test

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

func TestListFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, deadletter.Config[string]{})
		a, b, c, d := letter("moves", 1), letter("moves", 2), letter("tasks", 3), letter("tasks", 4)
		b.Reason, c.Reason = pitboss.ReasonTTL, pitboss.ReasonTTL
		c.Message.CorrelationID = "c9"
		put(t, s, a, b)
		time.Sleep(time.Hour)
		put(t, s, c, d)
		if _, err := s.Recover(t.Context(), "tasks-4"); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name   string
			filter deadletter.Filter
			want   []string
		}{
			{"held", deadletter.Filter{}, []string{"tasks-3", "moves-2", "moves-1"}},
			{"queue", deadletter.Filter{Queue: "moves"}, []string{"moves-2", "moves-1"}},
			{"reason", deadletter.Filter{Reason: pitboss.ReasonTTL}, []string{"tasks-3", "moves-2"}},
			{"both", deadletter.Filter{Queue: "moves", Reason: pitboss.ReasonTTL}, []string{"moves-2"}},
			{"key", deadletter.Filter{Key: "k1"}, []string{"moves-1"}},
			{"correlation", deadletter.Filter{CorrelationID: "c9"}, []string{"tasks-3"}},
			{"older", deadletter.Filter{OlderThan: time.Hour}, []string{"moves-2", "moves-1"}},
			{"older than all", deadletter.Filter{OlderThan: 2 * time.Hour}, nil},
			{"recovered", deadletter.Filter{State: deadletter.Recovered}, []string{"tasks-4"}},
			{"any", deadletter.Filter{State: deadletter.AnyState}, []string{"tasks-4", "tasks-3", "moves-2", "moves-1"}},
			{"limit", deadletter.Filter{Limit: 1}, []string{"tasks-3"}},
		}
		for _, tt := range tests {
			got, _, err := s.List(tt.filter)
			if err != nil || !slices.Equal(ids(got), tt.want) {
				t.Errorf("%s: got %v %v, want %v", tt.name, ids(got), err, tt.want)
			}
		}
		counts, err := s.Counts(deadletter.Filter{})
		want := []deadletter.Count{
			{Queue: "moves", Reason: pitboss.ReasonMaxRetries, Count: 1},
			{Queue: "moves", Reason: pitboss.ReasonTTL, Count: 1},
			{Queue: "tasks", Reason: pitboss.ReasonTTL, Count: 1},
		}
		if err != nil || !slices.Equal(counts, want) {
			t.Errorf("counts %v %v", counts, err)
		}
	})
}

func TestFilterFaults(t *testing.T) {
	s := newStore(t, deadletter.Config[string]{})
	bad := deadletter.Filter{Reason: "bored", State: "lost", OlderThan: -1, Limit: deadletter.MaxLimit + 1, After: "?"}
	_, _, err := s.List(bad)
	if got := fields(err); !slices.Equal(got, []string{"reason", "state", "older_than", "limit", "after"}) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Purge(t.Context(), bad); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("Purge: %v", err)
	}
	if _, err := s.RetryAll(t.Context(), bad, 0); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("RetryAll: %v", err)
	}
	if _, err := s.RetryAll(t.Context(), deadletter.Filter{}, -1); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("RetryAll backwards: %v", err)
	}
	if _, err := s.Counts(bad); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("Counts: %v", err)
	}
}

func TestFilterQuery(t *testing.T) {
	f := deadletter.Filter{
		Queue: "moves", Reason: pitboss.ReasonTTL, Key: "k", CorrelationID: "c", OlderThan: 90 * time.Minute,
		State: deadletter.AnyState, Limit: 7, After: "1a.moves-1",
	}
	got, err := deadletter.FilterFromQuery(f.Query())
	if err != nil || got != f {
		t.Errorf("got %+v %v", got, err)
	}
	if q := (&deadletter.Filter{}).Query(); len(q) != 0 {
		t.Errorf("the zero filter says %v", q)
	}
	_, err = deadletter.FilterFromQuery(url.Values{"older_than": {"yesterday"}, "limit": {"few"}, "reason": {"bored"}})
	if got := fields(err); !slices.Equal(got, []string{"older_than", "limit", "reason"}) {
		t.Errorf("got %v", err)
	}
}

// Pages joined are the list, whatever their length, and whatever comes and goes
// between them.
func TestPages(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := newStore(t, deadletter.Config[string]{}), newStore(t, deadletter.Config[string]{})
		archive := deadletter.Join(a.Archive(), b.Archive())
		n := rapid.IntRange(0, 40).Draw(rt, "n")
		for i := range n {
			s, queue := a, "moves"
			if rapid.Bool().Draw(rt, "second store") {
				s, queue = b, "tasks"
			}
			l := letter(queue, i)
			l.At = epoch.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "at")) * time.Second)
			put(t, s, l)
		}
		all, err := archive.Entries(t.Context(), deadletter.Filter{Limit: deadletter.MaxLimit})
		if err != nil || len(all.Entries) != n || all.Next != "" {
			rt.Fatalf("%d entries of %d, next %q, %v", len(all.Entries), n, all.Next, err)
		}
		var got []string
		f := deadletter.Filter{Limit: rapid.IntRange(1, 10).Draw(rt, "limit")}
		for {
			page, err := archive.Entries(t.Context(), f)
			if err != nil || len(page.Entries) > f.Limit {
				rt.Fatalf("page of %d: %v", len(page.Entries), err)
			}
			for _, e := range page.Entries {
				got = append(got, e.ID)
			}
			if page.Next == "" {
				break
			}
			f.After = page.Next
			// The cursor holds although its entry goes and newer ones come.
			last := page.Entries[len(page.Entries)-1]
			if rapid.Bool().Draw(rt, "take it away") {
				if _, err := archive.Recover(t.Context(), last.ID); err != nil {
					rt.Fatal(err)
				}
			}
			fresh := letter("fresh", len(got))
			fresh.At = epoch.Add(time.Hour)
			put(t, a, fresh)
		}
		var want []string
		for _, e := range all.Entries {
			want = append(want, e.ID)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("pages give %v, the list %v", got, want)
		}
	})
}
