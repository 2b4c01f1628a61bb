package deadletter

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/pitboss-dev/pitboss"
)

// RetryWith is [Store.Retry] with another payload, which the entry holds from
// then on. It fails as Retry does, with [ErrNotEditable] where [Config.Edit] is
// nil, with the error of Config.Edit, and with [ErrResolved] where the message
// went back already, because the text would be lost then.
func (s *Store[T]) RetryWith(ctx context.Context, id string, text []byte) error {
	_, err := s.retry(ctx, id, func(old T) (T, error) {
		if s.config.Edit == nil {
			return old, ErrNotEditable
		}
		return s.config.Edit(old, text)
	})
	if err != nil {
		return &LetterError{"edit", id, err}
	}
	return nil
}

// Remove purges one held entry. It fails with a [LetterError] if the entry is
// not there or was disposed of.
func (s *Store[T]) Remove(ctx context.Context, id string) (err error) {
	s.change(ctx, func() []Change {
		var r *record[T]
		r, err = s.claim(ctx, id)
		if err == nil && r.State != Held {
			err = ErrResolved
		}
		if err != nil {
			err = &LetterError{"purge", id, err}
			return nil
		}
		s.forget(r)
		s.stats.Purged++
		return []Change{{Purged, r.Entry()}}
	})
	if err != nil {
		return err
	}
	if err := s.save(ctx, id); err != nil {
		return &LetterError{"purge", id, err}
	}
	return nil
}

// EditJSON is the [Config.Edit] of payloads that encoding/json can write and
// read back. Fields that T does not have are refused.
func EditJSON[T any](_ T, text []byte) (T, error) {
	var edited T
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&edited)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = &pitboss.FieldError{Field: "payload", Value: "more than one value", Allowed: "one JSON value"}
		}
		return edited, err
	}
	return edited, &pitboss.FieldError{Field: "payload", Value: string(text), Allowed: "JSON of this queue's payloads: " + err.Error()}
}

// Editor is an [Archive] that can change payloads, too. Not every archive is.
type Editor interface {
	// RetryWith puts a message back with another payload, written as JSON.
	RetryWith(ctx context.Context, id string, text []byte) error
}

// Remover is an [Archive] that can purge one entry, too. Not every archive is.
type Remover interface {
	// Remove purges one held entry.
	Remove(ctx context.Context, id string) error
}

func (a archive[T]) RetryWith(ctx context.Context, id string, text []byte) error {
	return a.store.RetryWith(ctx, id, text)
}

func (a archive[T]) Remove(ctx context.Context, id string) error { return a.store.Remove(ctx, id) }

// RetryWith fails with [ErrNotEditable] where the archive that has the entry is
// no [Editor].
func (j join) RetryWith(ctx context.Context, id string, text []byte) error {
	return j.find("edit", id, func(a Archive) error {
		if e, ok := a.(Editor); ok {
			return e.RetryWith(ctx, id, text)
		}
		if _, err := a.Entry(ctx, id); err != nil {
			return err
		}
		return &LetterError{"edit", id, ErrNotEditable}
	})
}

// Remove fails with [ErrNotRemovable] where the archive that has the entry is no
// [Remover].
func (j join) Remove(ctx context.Context, id string) error {
	return j.find("purge", id, func(a Archive) error {
		if r, ok := a.(Remover); ok {
			return r.Remove(ctx, id)
		}
		if _, err := a.Entry(ctx, id); err != nil {
			return err
		}
		return &LetterError{"purge", id, ErrNotRemovable}
	})
}
