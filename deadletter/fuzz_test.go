package deadletter_test

import (
	"net/url"
	"testing"

	"github.com/pitboss-dev/pitboss/deadletter"
)

// Whatever an address says: a filter, or faults; and a filter survives the way
// there and back, and never upsets a store.
func FuzzFilterFromQuery(f *testing.F) {
	f.Add("queue=moves&reason=ttl_expired&limit=3&older_than=1h&after=1a.moves-1&state=any")
	f.Add("limit=-1&older_than=-1h&after=.&reason=x")
	f.Add("key=%00&correlation=%ff&after=zzzzzzzzzzzzzzzzzzzzzz.x")
	s := newStore(f, deadletter.Config[string]{})
	put(f, s, letter("moves", 1), letter("moves", 2))
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		filter, err := deadletter.FilterFromQuery(values)
		if err != nil {
			return
		}
		again, err := deadletter.FilterFromQuery(filter.Query())
		if err != nil || again != filter {
			t.Fatalf("%+v became %+v, %v", filter, again, err)
		}
		if _, _, err := s.List(filter); err != nil {
			t.Fatal(err)
		}
	})
}
