package deadletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Retry puts a message back where it came from, once: repeating it, at the same
// time or later, changes nothing. It fails with a [LetterError] if the entry is
// not there, was recovered, has no way back, or is past its deadline, and with
// what the queue said if that refused; the entry then stays held.
func (s *Store[T]) Retry(ctx context.Context, id string) error {
	if err := s.retry(ctx, id, nil); err != nil {
		return &LetterError{"retry", id, err}
	}
	return nil
}

// retry puts the message back, with another payload where edit makes one.
func (s *Store[T]) retry(ctx context.Context, id string, edit func(T) (T, error)) error {
	s.mu.Lock()
	r, err := s.claim(ctx, id)
	if err != nil || r.State == Retried && edit == nil {
		s.mu.Unlock()
		if err == nil {
			err = s.save(ctx, id)
		}
		return err
	}
	origin := s.origins[r.Queue]
	if err := retryable(r, origin != nil); err != nil {
		s.putOff(r, err, time.Now())
		s.mu.Unlock()
		return err
	}
	if err := s.read(r); err != nil && edit == nil {
		s.putOff(r, err, time.Now())
		s.mu.Unlock()
		return err
	}
	payload := r.Message.Payload
	if edit != nil {
		if payload, err = edit(payload); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	r.retrying = make(chan struct{})
	r.Retries++
	returns, m := r.returns, r.resubmission()
	m.Payload = payload
	s.mu.Unlock()

	err = putBack(ctx, origin, m)
	s.change(ctx, func() []Change {
		close(r.retrying)
		r.retrying = nil
		now := time.Now()
		if err != nil {
			// The next try bears the same number: see resubmission.
			r.Retries--
			s.stats.RetryFailures++
			if r.returns == returns {
				s.putOff(r, err, now)
			}
			return nil
		}
		s.stats.PutBack++
		r.Message.Payload, r.unread = payload, nil
		s.touch(id)
		// The message may have died again already.
		if r.returns == returns {
			r.RetryError, r.failures = "", 0
			s.keep(r, Retried, now)
		}
		return []Change{{PutBack, r.Entry()}}
	})
	if err != nil {
		return err
	}
	return s.save(context.WithoutCancel(ctx), id)
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

func retryable[T any](r *record[T], hasOrigin bool) error {
	switch {
	case r.State != Held:
		return ErrResolved
	case !hasOrigin:
		return fmt.Errorf("%w %q", ErrNoOrigin, r.Queue)
	case !r.Message.Deadline.IsZero() && !time.Now().Before(r.Message.Deadline):
		return fmt.Errorf("%w at %v; recover it instead", pitboss.ErrDeadlineMissed, r.Message.Deadline)
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
		err := s.Retry(ctx, l.ID)
		switch {
		case err == nil:
			n++
		case errors.Is(err, ErrNotFound):
			// Gone since it was chosen.
		default:
			if failed++; failed <= shown {
				errs = append(errs, err)
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
	if interval := time.Duration(float64(time.Second) / rate); rate > 0 && interval > 0 {
		p.ticker = time.NewTicker(interval)
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
