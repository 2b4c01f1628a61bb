package deadletter

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Get returns an entry, in whatever state it is, or an error matching
// [ErrNotFound]. Where the payload comes from an earlier process and cannot be
// decoded, it is zero; [Letter.Entry] has it as it was written.
func (s *Store[T]) Get(id string) (Letter[T], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.records[id]
	if r == nil {
		return Letter[T]{}, &LetterError{"get", id, ErrNotFound}
	}
	_ = s.read(r)
	return r.Letter, nil
}

// Known implements [handler.Keeper]. What it knows is written.
func (s *Store[T]) Known(ctx context.Context, queue string, sequence uint64, enqueuedAt time.Time) (pitboss.Reason, bool, error) {
	s.mu.Lock()
	r := s.places[place{queue, sequence, enqueuedAt.UnixNano()}]
	if r == nil {
		s.mu.Unlock()
		return "", false, nil
	}
	id, reason := r.ID, r.Reason
	s.mu.Unlock()
	if err := s.save(ctx, id); err != nil {
		return "", false, err
	}
	return reason, true, nil
}

// List returns the entries that f chooses, newest first, and the cursor of the
// next page, which is empty on the last one. It fails only on a filter that
// makes no sense.
func (s *Store[T]) List(f Filter) ([]Letter[T], Cursor, error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	letters := s.choose(&f)
	limit := cmp.Or(f.Limit, DefaultLimit)
	if len(letters) <= limit {
		return letters, "", nil
	}
	letters = letters[:limit:limit]
	last := &letters[limit-1]
	return letters, cursor(last.At, last.ID), nil
}

// choose returns copies of all the entries that f chooses, newest first.
func (s *Store[T]) choose(f *Filter) []Letter[T] {
	at, id, after := f.After.parse()
	now := time.Now()
	var letters []Letter[T]
	s.mu.Lock()
	for _, r := range s.records {
		if matches(f, &r.Letter, now) && (!after || newer(r.At.UnixNano(), r.ID, at, id) > 0) {
			letters = append(letters, r.Letter)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(letters, func(a, b Letter[T]) int {
		return newer(a.At.UnixNano(), a.ID, b.At.UnixNano(), b.ID)
	})
	return letters
}

// oldest is choose for changes: oldest first, so that messages go back in the
// order in which they died, and cut to the filter's limit.
func (s *Store[T]) oldest(f *Filter) []Letter[T] {
	letters := s.choose(f)
	slices.Reverse(letters)
	if f.Limit > 0 && len(letters) > f.Limit {
		letters = letters[:f.Limit]
	}
	return letters
}

// Counts returns how many entries f chooses, by queue and reason. It is also
// the dry run of RetryAll and Purge: what they would touch.
func (s *Store[T]) Counts(f Filter) ([]Count, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	groups := make(map[Count]int)
	for _, l := range s.oldest(&f) {
		groups[Count{Queue: l.Queue, Reason: l.Reason}]++
	}
	counts := make([]Count, 0, len(groups))
	for c, n := range groups {
		c.Count = n
		counts = append(counts, c)
	}
	return sortedCounts(counts), nil
}

func sortedCounts(counts []Count) []Count {
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(strings.Compare(a.Queue, b.Queue), strings.Compare(string(a.Reason), string(b.Reason)))
	})
	return counts
}

// Stats returns a consistent snapshot of the counters.
func (s *Store[T]) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Held = s.held.Len()
	for e := s.held.Front(); e != nil; e = e.Next() {
		if !e.Value.(*record[T]).RetryAt.IsZero() {
			stats.Scheduled++
		}
	}
	return stats
}
