package deadletter

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// saveAgain is how long Run waits before it tries again to write what could not
// be written.
const saveAgain = time.Second

// touch notes that an entry differs from what is written of it.
func (s *Store[T]) touch(id string) {
	if s.config.Records != nil {
		s.unsaved[id] = struct{}{}
	}
}

// save is flush, and has Run try again what could not be written.
func (s *Store[T]) save(ctx context.Context, id string) error {
	err := s.flush(ctx, id)
	if err != nil {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return err
}

// flush writes down every entry that differs from what is written of it, as it
// is by then, and reports what keeps id from it, or any if id is empty. Of
// several at a time one writes for all; what could not be written is tried again
// with the next change.
func (s *Store[T]) flush(ctx context.Context, id string) error {
	if s.config.Records == nil {
		return nil
	}
	select {
	case s.saving <- struct{}{}:
		defer func() { <-s.saving }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	var errs []error
	for _, each := range s.differing() {
		err := s.write(ctx, each)
		if err == nil {
			continue
		}
		s.mu.Lock()
		s.touch(each)
		s.mu.Unlock()
		if id == "" || id == each {
			errs = append(errs, err)
		} else {
			slog.WarnContext(ctx, "dead letter not written, to be tried again", "id", each, "error", err)
		}
	}
	return errors.Join(errs...)
}

// differing takes the IDs of what is to be written.
func (s *Store[T]) differing() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.unsaved))
	for id := range s.unsaved {
		ids = append(ids, id)
	}
	clear(s.unsaved)
	return ids
}

// write writes an entry as it is now, or removes its record if it has gone.
func (s *Store[T]) write(ctx context.Context, id string) error {
	s.mu.Lock()
	r := s.records[id]
	if r == nil {
		s.mu.Unlock()
		return s.config.Records.Remove(ctx, id)
	}
	record, err := s.encode(r, nil)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	err = s.config.Records.Write(ctx, id, record)
	if !errors.Is(err, pitboss.ErrInvalid) {
		return err
	}
	// Better without its payload than not at all: this process still has it.
	s.mu.Lock()
	record, fault := s.encode(r, err)
	s.mu.Unlock()
	if fault != nil {
		return fault
	}
	return s.config.Records.Write(ctx, id, record)
}
