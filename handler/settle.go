package handler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// HeaderAttempts carries, in a message that was parked and put back, how many
// attempts it has used before. Whoever puts a parked message back sets it.
const HeaderAttempts = "Pitboss-Attempts"

// putTimeout bounds the writing of a dead letter. The message's own context
// does not: it may have ended, and the letter must be written all the same.
const putTimeout = 5 * time.Second

// settler decides how a delivery ends and ends it.
type settler[T any] struct {
	queue    string // the queue's name
	name     string // the worker's
	retry    Backoff
	retryFor func(*pitboss.Delivery[T]) Backoff
	onRetry  OnRetry
	dead     pitboss.DeadLetters[T]
	fallback pitboss.Handler[T]
	onError  func(context.Context, *pitboss.Delivery[T], error)
}

func newSettler[T any](c *Consumer[T], i int) *settler[T] {
	return &settler[T]{
		queue: c.Name, name: workerName(c.Name, i), retry: c.Retry, retryFor: c.RetryFor, onRetry: c.OnRetry,
		dead: c.DeadLetters, fallback: c.Fallback, onError: c.OnError,
	}
}

// policy returns how d is retried: as everything else, if RetryFor panics.
func (s *settler[T]) policy(ctx context.Context, d *pitboss.Delivery[T]) (retry Backoff) {
	if s.retryFor == nil {
		return s.retry
	}
	defer func() {
		if value := recover(); value != nil {
			s.fault(ctx, d, fmt.Errorf("retry policy of the message: %w", panicError(value)))
			retry = s.retry
		}
	}()
	return s.retryFor(d).withDefaults()
}

// verdict says what an error alone decides: the reason to give up at once, or
// false when another attempt may help. A predicate that panics decides nothing.
func (s *settler[T]) verdict(ctx context.Context, d *pitboss.Delivery[T], err error, retryOn func(error) bool) (reason pitboss.Reason, final bool) {
	defer func() {
		if value := recover(); value != nil {
			s.fault(ctx, d, fmt.Errorf("retry predicate: %w", panicError(value)))
			reason, final = "", false
		}
	}()
	return verdict(err, retryOn)
}

// settled ends a delivery that is not to be handled, and reports whether it
// did.
func (s *settler[T]) settled(ctx context.Context, d *pitboss.Delivery[T], now time.Time) bool {
	if reason, ok := s.known(ctx, d); ok {
		s.term(ctx, d, reason)
		return true
	}
	if !d.Deadline.IsZero() && !now.Before(d.Deadline) {
		s.late(ctx, d, pitboss.Attempt{}, pitboss.ErrDeadlineMissed)
		return true
	}
	if s.usedUp(ctx, d) {
		// The last attempt failed before, and then its dead letter did.
		last := d.History[len(d.History)-1]
		s.giveUp(ctx, d, pitboss.ReasonMaxRetries, pitboss.Attempt{}, errors.New(last.Error))
		return true
	}
	return false
}

// settle ends a delivery that was handled, well or badly. The handler ran under
// work.
func (s *settler[T]) settle(ctx, work context.Context, d *pitboss.Delivery[T], start time.Time, took time.Duration, err error) {
	switch {
	case err == nil:
		s.ack(ctx, d)
	case work.Err() != nil:
		// It failed because it was cut short, which says nothing about it.
		s.handBack(ctx, d)
	case d.Ended():
		// The handler did that, or the lease has passed to another consumer.
		// Either way a retry or a dead letter would make a second message of it.
		s.fault(ctx, d, &EndError{"nak", fmt.Errorf("%w; the handler failed: %w", pitboss.ErrEnded, sound(err))})
	default:
		err = sound(err)
		s.failed(ctx, d, pitboss.Attempt{Time: start, Duration: took, Error: err.Error(), Worker: s.name}, err)
	}
}

func (s *settler[T]) ack(ctx context.Context, d *pitboss.Delivery[T]) {
	// A handler may have ended the delivery itself.
	if err := d.Ack(); err != nil && !errors.Is(err, pitboss.ErrEnded) {
		s.fault(ctx, d, &EndError{"ack", err})
	}
}

// handBack returns a message that was not handled and did not fail.
func (s *settler[T]) handBack(ctx context.Context, d *pitboss.Delivery[T]) {
	s.nak(ctx, d, pitboss.Retry{})
}

func (s *settler[T]) nak(ctx context.Context, d *pitboss.Delivery[T], r pitboss.Retry) {
	if err := d.Retry(r); err != nil && !errors.Is(err, pitboss.ErrEnded) {
		s.fault(ctx, d, &EndError{"nak", err})
	}
}

// attempts returns how many attempts d has used, this delivery included.
func attempts[T any](d *pitboss.Delivery[T]) int { return UsedAttempts(d.Headers) + d.Attempt }

// UsedAttempts returns how many attempts a message used before it was parked and
// put back, as its [HeaderAttempts] says; zero if it never was.
func UsedAttempts(headers map[string]string) int {
	if headers == nil {
		return 0
	}
	n, err := strconv.Atoi(headers[HeaderAttempts])
	if err != nil || n < 0 {
		return 0
	}
	return min(n, math.MaxInt32) // others count on from here
}

// usedUp reports whether every allowed attempt failed in earlier deliveries.
// Deliveries alone do not tell, because some were handed back unhandled.
func (s *settler[T]) usedUp(ctx context.Context, d *pitboss.Delivery[T]) bool {
	return len(d.History) > 0 && len(d.History)+UsedAttempts(d.Headers) >= s.policy(ctx, d).Attempts
}

// failed decides between another attempt, the fallback and giving up.
func (s *settler[T]) failed(ctx context.Context, d *pitboss.Delivery[T], attempt pitboss.Attempt, err error) {
	retry := s.policy(ctx, d)
	reason, final := s.verdict(ctx, d, err, retry.RetryOn)
	used := attempts(d)
	switch {
	case reason == pitboss.ReasonDeadline:
		s.late(ctx, d, attempt, err)
		return
	case final:
		s.giveUp(ctx, d, reason, attempt, err)
		return
	case used >= retry.Attempts:
		s.giveUp(ctx, d, pitboss.ReasonMaxRetries, attempt, err)
		return
	}
	delay := retry.Delay(used, random())
	switch {
	case !d.Deadline.IsZero() && !time.Now().Add(delay).Before(d.Deadline):
		s.late(ctx, d, attempt, errors.Join(err, pitboss.ErrDeadlineMissed))
	case s.onRetry == Park:
		s.park(ctx, d, delay, attempt, err)
	default:
		s.nak(ctx, d, pitboss.Retry{Delay: delay, Attempt: attempt, Pass: s.onRetry == Pass})
		s.report(ctx, d, &RetryError{Attempt: attempt, Number: used, Delay: delay, Err: err})
	}
}

// late runs the fallback of a message whose deadline has passed, or gives it
// up.
func (s *settler[T]) late(ctx context.Context, d *pitboss.Delivery[T], attempt pitboss.Attempt, err error) {
	if s.fallback != nil {
		failure := call(ctx, s.fallback, d)
		if failure == nil {
			s.ack(ctx, d)
			return
		}
		err = errors.Join(err, sound(failure))
	}
	s.giveUp(ctx, d, pitboss.ReasonDeadline, attempt, err)
}

// giveUp writes the dead letter and only then ends the message.
func (s *settler[T]) giveUp(ctx context.Context, d *pitboss.Delivery[T], reason pitboss.Reason, attempt pitboss.Attempt, err error) {
	if s.dead != nil && !s.bury(ctx, d, s.letter(d, reason, attempt, err), attempt, err) {
		return
	}
	s.term(ctx, d, reason)
	given := &GivenUpError{Reason: reason, Attempt: attempt, Number: attempts(d), Err: err}
	if s.dead == nil {
		s.fault(ctx, d, given)
	} else {
		s.report(ctx, d, given)
	}
}

// park moves a message to the dead letters until its next attempt is due.
func (s *settler[T]) park(ctx context.Context, d *pitboss.Delivery[T], delay time.Duration, attempt pitboss.Attempt, err error) {
	letter := s.letter(d, pitboss.ReasonFailed, attempt, err)
	letter.RetryAt = letter.At.Add(delay)
	if s.bury(ctx, d, letter, attempt, err) {
		s.term(ctx, d, letter.Reason)
		s.report(ctx, d, &RetryError{Attempt: attempt, Number: attempts(d), Delay: delay, Err: err})
	}
}

// bury writes the dead letter. If that fails, the message goes back to the
// queue and bury reports false.
func (s *settler[T]) bury(ctx context.Context, d *pitboss.Delivery[T], letter pitboss.DeadLetter[T], attempt pitboss.Attempt, cause error) bool {
	err := s.put(ctx, letter)
	if err == nil {
		return true
	}
	s.nak(ctx, d, pitboss.Retry{Delay: s.policy(ctx, d).Delay(d.Attempt, random()), Attempt: attempt})
	s.fault(ctx, d, &DeadLetterError{Err: err, Cause: cause})
	return false
}

func (s *settler[T]) put(ctx context.Context, letter pitboss.DeadLetter[T]) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putTimeout)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			err = panicError(value)
		}
	}()
	return s.dead.Put(ctx, letter)
}

func (s *settler[T]) term(ctx context.Context, d *pitboss.Delivery[T], reason pitboss.Reason) {
	// An ended delivery is worth telling here: a letter was written for it.
	if err := d.Term(reason); err != nil {
		s.fault(ctx, d, &EndError{"term", err})
	}
}

func (s *settler[T]) letter(d *pitboss.Delivery[T], reason pitboss.Reason, attempt pitboss.Attempt, err error) pitboss.DeadLetter[T] {
	history := slices.Clone(d.History)
	if !attempt.IsZero() {
		history = append(history, attempt)
	}
	return pitboss.DeadLetter[T]{
		Queue: s.queue, Message: d.Message, Sequence: d.Sequence,
		EnqueuedAt: d.EnqueuedAt, At: time.Now(),
		Reason: reason, Error: err.Error(), Attempts: history,
		TraceID: correlation.TraceID(d.Headers[correlation.TraceHeader]),
	}
}

// report tells the hook, which must not be able to stop the worker.
func (s *settler[T]) report(ctx context.Context, d *pitboss.Delivery[T], err error) {
	if s.onError == nil {
		return
	}
	defer func() {
		if value := recover(); value != nil {
			slog.ErrorContext(ctx, "error hook panicked", "queue", s.queue, "panic", value)
		}
	}()
	s.onError(ctx, d, err)
}

// fault reports what nobody else would see.
func (s *settler[T]) fault(ctx context.Context, d *pitboss.Delivery[T], err error) {
	if s.onError == nil {
		slog.ErrorContext(ctx, "message trouble", "queue", s.queue, "sequence", d.Sequence, "key", d.Key, "error", err)
		return
	}
	s.report(ctx, d, err)
}
