package deadletter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Retry puts a message back where it came from, once: repeating it, at the same
// time or later, changes nothing. It fails with a [LetterError] if the entry is
// not there, was recovered, has no way back, or is past its deadline, and with
// the queue's error where that refused; the entry then stays held.
func (s *Store[T]) Retry(ctx context.Context, id string) error {
	if _, err := s.retry(ctx, id, nil); err != nil {
		return &LetterError{"retry", id, err}
	}
	return nil
}

// retry puts the message back, with another payload where edit makes one. It
// reports whether it did so, or found that somebody had before.
func (s *Store[T]) retry(ctx context.Context, id string, edit func(T) (T, error)) (bool, error) {
	t, err := s.begin(ctx, id, edit)
	if err != nil {
		return false, err
	}
	if t == nil {
		return false, s.save(ctx, id)
	}
	if err := putBack(ctx, t.origin, t.message); err != nil {
		s.refused(t, err)
		return false, err
	}
	s.change(ctx, func() []Change { return s.wentBack(t) })
	return true, s.save(context.WithoutCancel(ctx), id)
}

// try is one attempt to put a message back.
type try[T any] struct {
	record  *record[T]
	origin  Origin[T]
	message pitboss.Message[T]
	returns int // how often it had come back before
	own     int // one if it is the store's own idea; see record
}

// begin claims an entry that is to be put back, and says how; nil if it was put
// back before.
func (s *Store[T]) begin(ctx context.Context, id string, edit func(T) (T, error)) (*try[T], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.claim(ctx, id)
	if err != nil || r.State == Retried && edit == nil {
		return nil, err
	}
	now, origin := time.Now(), s.origins[r.Queue]
	if err := retryable(r, origin != nil, now); err != nil {
		s.putOff(r, err, now)
		return nil, err
	}
	if err := s.read(r); err != nil && edit == nil {
		s.putOff(r, err, now)
		return nil, err
	}
	payload := r.Message.Payload
	if edit != nil {
		if payload, err = edited(edit, payload); err != nil {
			return nil, err
		}
	}
	r.retrying = make(chan struct{})
	r.Retries++
	t := &try[T]{record: r, origin: origin, message: r.resubmission(), returns: r.returns}
	if !r.Parked && !r.RetryAt.IsZero() && !now.Before(r.RetryAt) {
		t.own = 1
		r.own++
	}
	t.message.Payload = payload
	return t, nil
}

// edited calls edit, which runs under the store's lock and must not leave it
// locked.
func edited[T any](edit func(T) (T, error), old T) (payload T, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("editing panicked: %v", value)
		}
	}()
	return edit(old)
}

// refused ends a try that failed.
func (s *Store[T]) refused(t *try[T], err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := t.record
	r.tried()
	// The next try bears the same number: see resubmission.
	r.Retries--
	r.own -= t.own
	s.stats.RetryFailures++
	if r.returns == t.returns {
		s.putOff(r, err, time.Now())
	}
}

// wentBack ends a try that succeeded.
func (s *Store[T]) wentBack(t *try[T]) []Change {
	r := t.record
	r.tried()
	s.stats.PutBack++
	r.Message.Payload, r.unread = t.message.Payload, nil
	s.touch(r.ID)
	// The message may have died again already.
	if r.returns == t.returns {
		r.RetryError, r.failures = "", 0
		s.keep(r, Retried, time.Now())
	}
	return []Change{{PutBack, r.Entry()}}
}

// tried lets those go on who wait for the end of a try.
func (r *record[T]) tried() {
	close(r.retrying)
	r.retrying = nil
}

// claim returns an entry that is not being retried; it waits for one that is.
// The lock is held when it is called and when it returns.
func (s *Store[T]) claim(ctx context.Context, id string) (*record[T], error) {
	for {
		r := s.records[id]
		if r == nil {
			return nil, ErrNotFound
		}
		if r.retrying == nil {
			return r, nil
		}
		ended := r.retrying
		s.mu.Unlock()
		select {
		case <-ended:
			s.mu.Lock()
		case <-ctx.Done():
			s.mu.Lock()
			return nil, context.Cause(ctx)
		}
	}
}

func retryable[T any](r *record[T], hasOrigin bool, now time.Time) error {
	switch {
	case r.State != Held:
		return ErrResolved
	case !hasOrigin:
		return fmt.Errorf("%w %q", ErrNoOrigin, r.Queue)
	case !r.Message.Deadline.IsZero() && !now.Before(r.Message.Deadline):
		return fmt.Errorf("%w at %v; recover it instead", pitboss.ErrDeadlineMissed, r.Message.Deadline.Format(time.RFC3339Nano))
	}
	return nil
}

func putBack[T any](ctx context.Context, origin Origin[T], m pitboss.Message[T]) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("origin panicked: %v", value)
		}
	}()
	return origin(ctx, m)
}

// putOff notes that r could not be put back. If that was scheduled, it is
// scheduled again.
func (s *Store[T]) putOff(r *record[T], err error, now time.Time) {
	if r.State != Held {
		return
	}
	r.RetryError = err.Error()
	r.failures++
	if r.RetryAt.IsZero() {
		return
	}
	if errors.Is(err, pitboss.ErrDeadlineMissed) {
		r.RetryAt = time.Time{}
		return
	}
	s.at(r, now.Add(s.delay(r.failures)))
}

// shown bounds how many failures an error of RetryAll spells out.
const shown = 10

// RetryAll retries the entries that f chooses, oldest first, at most rate of
// them a second; zero is as fast as possible. It goes on after a failure, and
// returns how many it put back and the first failures, joined. It stops early
// when ctx ends.
func (s *Store[T]) RetryAll(ctx context.Context, f Filter, rate float64) (int, error) {
	if err := f.Validate(); err != nil {
		return 0, err
	}
	if !(rate >= 0) {
		return 0, &pitboss.FieldError{Field: "rate", Value: rate, Allowed: "zero (no limit) or more, a second"}
	}
	n, failed := 0, 0
	var errs []error
	pace := newPace(rate)
	defer pace.stop()
	for _, l := range s.oldest(&f) {
		if err := pace.wait(ctx); err != nil {
			errs = append(errs, err)
			break
		}
		put, err := s.retry(ctx, l.ID, nil)
		if put {
			n++
		}
		// One that is not found has gone since it was chosen.
		if err != nil && !errors.Is(err, ErrNotFound) {
			if failed++; failed <= shown {
				errs = append(errs, &LetterError{"retry", l.ID, err})
			}
		}
	}
	if failed > shown {
		errs = append(errs, fmt.Errorf("and %d more", failed-shown))
	}
	return n, errors.Join(errs...)
}

// pace lets one through at once and the others an interval apart.
type pace struct {
	ticker *time.Ticker
	first  bool
}

func newPace(rate float64) *pace {
	p := &pace{first: true}
	interval := float64(time.Second) / rate
	switch {
	case rate == 0 || interval < 1: // as fast as possible
	case interval >= math.MaxInt64: // beyond a Duration
		p.ticker = time.NewTicker(math.MaxInt64)
	default:
		p.ticker = time.NewTicker(time.Duration(interval))
	}
	return p
}

func (p *pace) wait(ctx context.Context) error {
	first := p.first
	p.first = false
	if first || p.ticker == nil {
		return context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.ticker.C:
		return nil
	}
}

func (p *pace) stop() {
	if p.ticker != nil {
		p.ticker.Stop()
	}
}
