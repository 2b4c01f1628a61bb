package deadletter

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// Reader looks into dead letters. The filters' faults match
// [pitboss.ErrInvalid], an ID that is not there matches [ErrNotFound].
type Reader interface {
	// Entry returns one entry, in whatever state.
	Entry(ctx context.Context, id string) (Entry, error)
	// Entries returns a page of what f chooses, newest first.
	Entries(ctx context.Context, f Filter) (Page, error)
	// Counts returns how many entries f chooses, by queue and reason. It is
	// the dry run of what a [Changer] does with f.
	Counts(ctx context.Context, f Filter) ([]Count, error)
}

// Changer retries, recovers and purges dead letters.
type Changer interface {
	// Retry puts a message back where it came from, once.
	Retry(ctx context.Context, id string) error
	// RetryAll does so with all that f chooses, at most rate a second (zero:
	// no limit), and returns how many went back.
	RetryAll(ctx context.Context, f Filter, rate float64) (int, error)
	// Recover takes an entry out and returns it.
	Recover(ctx context.Context, id string) (Entry, error)
	// Purge removes what f chooses and returns how many.
	Purge(ctx context.Context, f Filter) (int, error)
}

// Archive is all that an operator does with dead letters, whatever their
// payloads' type.
type Archive interface {
	Reader
	Changer
}

// Archive returns the store as an operator sees it.
func (s *Store[T]) Archive() Archive { return archive[T]{s} }

type archive[T any] struct{ store *Store[T] }

func (a archive[T]) Entry(_ context.Context, id string) (Entry, error) {
	l, err := a.store.Get(id)
	if err != nil {
		return Entry{}, err
	}
	return a.entry(&l), nil
}

func (a archive[T]) entry(l *Letter[T]) Entry {
	e := l.Entry()
	e.Editable = a.store.config.Edit != nil
	return e
}

func (a archive[T]) Entries(_ context.Context, f Filter) (Page, error) {
	letters, next, err := a.store.List(f)
	if err != nil {
		return Page{}, err
	}
	page := Page{Entries: make([]Entry, len(letters)), Next: next}
	for i := range letters {
		page.Entries[i] = a.entry(&letters[i])
	}
	return page, nil
}

func (a archive[T]) Counts(_ context.Context, f Filter) ([]Count, error) { return a.store.Counts(f) }

func (a archive[T]) Retry(ctx context.Context, id string) error { return a.store.Retry(ctx, id) }

func (a archive[T]) RetryAll(ctx context.Context, f Filter, rate float64) (int, error) {
	return a.store.RetryAll(ctx, f, rate)
}

func (a archive[T]) Recover(ctx context.Context, id string) (Entry, error) {
	l, err := a.store.Recover(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	return a.entry(&l), nil
}

func (a archive[T]) Purge(ctx context.Context, f Filter) (int, error) { return a.store.Purge(ctx, f) }

// Join makes one archive of several: lists are merged, IDs are looked for in
// one after the other. The archives should not share queues, so that their IDs
// differ.
func Join(archives ...Archive) Archive { return join(archives) }

type join []Archive

// find runs f on the archives until one knows the ID.
func (j join) find(op, id string, f func(Archive) error) error {
	for _, a := range j {
		if err := f(a); !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return &LetterError{op, id, ErrNotFound}
}

func (j join) Entry(ctx context.Context, id string) (e Entry, err error) {
	err = j.find("get", id, func(a Archive) error {
		e, err = a.Entry(ctx, id)
		return err
	})
	return e, err
}

func (j join) Retry(ctx context.Context, id string) error {
	return j.find("retry", id, func(a Archive) error { return a.Retry(ctx, id) })
}

func (j join) Recover(ctx context.Context, id string) (e Entry, err error) {
	err = j.find("recover", id, func(a Archive) error {
		e, err = a.Recover(ctx, id)
		return err
	})
	return e, err
}

func (j join) Entries(ctx context.Context, f Filter) (Page, error) {
	if err := f.Validate(); err != nil {
		return Page{}, err
	}
	merged := Page{Entries: []Entry{}}
	more := false
	for _, a := range j {
		page, err := a.Entries(ctx, f)
		if err != nil {
			return Page{}, err
		}
		merged.Entries = append(merged.Entries, page.Entries...)
		more = more || page.Next != ""
	}
	slices.SortFunc(merged.Entries, func(a, b Entry) int {
		return newer(a.At.UnixNano(), a.ID, b.At.UnixNano(), b.ID)
	})
	limit := cmp.Or(f.Limit, DefaultLimit)
	if len(merged.Entries) > limit {
		merged.Entries, more = merged.Entries[:limit:limit], true
	}
	if more {
		merged.Next = CursorOf(&merged.Entries[len(merged.Entries)-1])
	}
	return merged, nil
}

func (j join) Counts(ctx context.Context, f Filter) ([]Count, error) {
	var counts []Count
	for _, a := range j {
		some, err := a.Counts(ctx, f)
		if err != nil {
			return nil, err
		}
		counts = append(counts, some...)
	}
	return sortedCounts(counts), nil
}

func (j join) RetryAll(ctx context.Context, f Filter, rate float64) (int, error) {
	return j.sum(f, func(a Archive, f Filter) (int, error) { return a.RetryAll(ctx, f, rate) })
}

func (j join) Purge(ctx context.Context, f Filter) (int, error) {
	return j.sum(f, func(a Archive, f Filter) (int, error) { return a.Purge(ctx, f) })
}

// sum changes one archive after the other until the filter's limit is used up.
func (j join) sum(f Filter, change func(Archive, Filter) (int, error)) (int, error) {
	total, limit := 0, f.Limit
	var errs []error
	for _, a := range j {
		if limit > 0 && total >= limit {
			break
		}
		if limit > 0 {
			f.Limit = limit - total
		}
		n, err := change(a, f)
		total += n
		if err != nil {
			errs = append(errs, err)
		}
	}
	return total, errors.Join(errs...)
}
