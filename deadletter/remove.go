package deadletter

import (
	"context"
	"time"
)

// Recover takes an entry out: it returns it, and marks it so that nobody puts
// the message back any more. Repeating it returns the entry again. It fails
// with a [LetterError] if the entry is not there or was retried.
func (s *Store[T]) Recover(ctx context.Context, id string) (letter Letter[T], err error) {
	s.change(ctx, func() []Change {
		var r *record[T]
		if r, err = s.claim(ctx, id); err != nil {
			err = &LetterError{"recover", id, err}
			return nil
		}
		_ = s.read(r) // as it was written, at least
		switch r.State {
		case Retried:
			err = &LetterError{"recover", id, ErrResolved}
			return nil
		case Recovered:
			letter = r.Letter
			return nil
		}
		s.stats.TakenOut++
		s.keep(r, Recovered, time.Now())
		letter = r.Letter
		return []Change{{TakenOut, r.Entry()}}
	})
	if err != nil {
		return letter, err
	}
	if err := s.save(ctx, id); err != nil {
		return Letter[T]{}, &LetterError{"recover", id, err}
	}
	return letter, nil
}

// Purge removes the entries that f chooses for good, the oldest first where f
// has a limit, and returns how many. [Store.Counts] is its dry run. Messages that
// are parked until their next attempt go, too, if f chooses them. What is being
// retried at the moment stays.
func (s *Store[T]) Purge(ctx context.Context, f Filter) (int, error) {
	if err := f.Validate(); err != nil {
		return 0, err
	}
	n := 0
	for _, l := range s.oldest(&f) {
		s.change(ctx, func() []Change {
			r := s.records[l.ID]
			// It may have changed since it was chosen.
			if r == nil || r.retrying != nil || !matches(&f, &r.Letter, time.Now()) {
				return nil
			}
			s.forget(r)
			n++
			s.stats.Purged++
			return []Change{{Purged, r.Entry()}}
		})
	}
	if n > 0 {
		return n, s.save(ctx, "")
	}
	return 0, nil
}
