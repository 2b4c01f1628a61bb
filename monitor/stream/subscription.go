package stream

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
)

// Now, as [Options.Since], begins with the next event.
const Now uint64 = math.MaxUint64

// Options say what a subscriber wants. The zero value is everything that is held
// and everything that comes.
type Options struct {
	Filter Filter
	// Since is the sequence number after which to begin. Zero: with the oldest
	// event that is held. Now: with the next one.
	Since uint64
	// Behind says what becomes of a subscriber that falls behind the history.
	Behind Behind
}

// Behind is what becomes of a subscriber that falls behind the history.
type Behind uint8

const (
	// Skip goes on with the oldest event that is held, and tells what was
	// missed.
	Skip Behind = iota
	// Disconnect ends the subscription with a [MissedError].
	Disconnect
)

// MissedError ends a subscription that fell behind and was to be disconnected.
type MissedError struct{ Missed }

func (e *MissedError) Error() string {
	return fmt.Sprintf("%d events, %d to %d, went by before they were read; subscribe again after those", e.Count, e.From, e.To)
}

// Subscription is a subscriber with a goroutine of its own.
type Subscription struct {
	waiter
	batch      Batch
	stream     *Stream
	filter     Filter
	disconnect bool
	closed     chan struct{}
	ended      atomic.Bool
	failed     error
}

// Subscribe adds a subscriber. It fails with an error matching
// [pitboss.ErrInvalid]: on every fault of the filter, and where Since is beyond
// the stream's last event. The subscription must be closed.
func (s *Stream) Subscribe(o Options) (*Subscription, error) {
	c, err := s.cursor(o)
	if err != nil {
		return nil, err
	}
	s.joined(&o.Filter, &c.matcher, 1)
	return &Subscription{
		waiter: waiter{cursor: c, wake: make(chan struct{}, 1)},
		stream: s, filter: o.Filter, disconnect: o.Behind == Disconnect, closed: make(chan struct{}),
	}, nil
}

// cursor is the place where a subscriber begins.
func (s *Stream) cursor(o Options) (cursor, error) {
	if o.Behind > Disconnect {
		return cursor{}, fmt.Errorf("event stream: %w",
			&pitboss.FieldError{Field: "behind", Value: uint8(o.Behind), Allowed: "Skip or Disconnect"})
	}
	m, err := s.types.compile(o.Filter)
	if err != nil {
		return cursor{}, fmt.Errorf("event stream: %w", err)
	}
	s.expire()
	c := cursor{log: s.log, matcher: m, seq: o.Since}
	switch last := s.log.last.Load(); {
	case o.Since == 0:
		c.seq = s.log.first() - 1
	case o.Since == Now:
		c.seq = last
	case o.Since > last:
		return cursor{}, fmt.Errorf("event stream: %w",
			&pitboss.FieldError{Field: "since", Value: o.Since, Allowed: fmt.Sprintf("at most %d, the last event's number", last)})
	}
	return c, nil
}

// Next waits for what comes next. The batch is good until the next call. It
// fails with the cause of ctx's end, with [pitboss.ErrClosed] once the
// subscription or the stream has ended, and with a [MissedError] if the
// subscriber is to be disconnected. It is for one goroutine at a time.
func (s *Subscription) Next(ctx context.Context) (*Batch, error) {
	for {
		if err := s.over(); err != nil {
			return nil, err
		}
		if s.read(&s.batch, batchSize) {
			if s.batch.Missed.Count == 0 {
				return &s.batch, nil
			}
			s.stream.missed.Add(s.batch.Missed.Count)
			if !s.disconnect {
				return &s.batch, nil
			}
			s.failed = &MissedError{s.batch.Missed}
			continue
		}
		if err := s.wait(ctx); err != nil {
			return nil, err
		}
	}
}

func (s *Subscription) over() error {
	if s.failed != nil {
		return s.failed
	}
	select {
	case <-s.closed:
		return fmt.Errorf("event subscription: %w", pitboss.ErrClosed)
	default:
	}
	if s.stream.over() {
		return fmt.Errorf("event stream: %w", pitboss.ErrClosed)
	}
	return nil
}

// wait returns when there is something to look at or, without an error, when it
// is all over.
func (s *Subscription) wait(ctx context.Context) error {
	if !s.stream.waiting.park(&s.waiter) {
		return context.Cause(ctx)
	}
	defer s.stream.waiting.unpark(&s.waiter)
	if s.behind() {
		s.stream.poke()
	}
	select {
	case <-s.wake:
		return nil
	case <-s.closed:
		return nil
	case <-s.stream.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Seq is the number of the last event that was looked at: what Since must be to
// go on from here.
func (s *Subscription) Seq() uint64 { return s.seq }

// Close ends the subscription, and a Next that waits. Closing it again does
// nothing.
func (s *Subscription) Close() {
	if !s.ended.Swap(true) {
		close(s.closed)
		s.stream.joined(&s.filter, &s.matcher, -1)
	}
}
