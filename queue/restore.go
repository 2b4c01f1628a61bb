package queue

import (
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Saved is a message of a queue's earlier life; see [Memory.Restore].
type Saved[T any] struct {
	pitboss.Message[T]

	// Sequence is its place in the order of arrival.
	Sequence uint64
	// EnqueuedAt is when it was accepted. Delay and TTL count from here.
	EnqueuedAt time.Time
	// Attempt counts the deliveries it has had.
	Attempt int
	// Due is until when its retry is held back. Zero: it is not.
	Due time.Time
	// Pass says that its key does not wait for its retry.
	Pass bool
	// History holds its failed attempts, oldest first.
	History []pitboss.Attempt
	// Ended says that the message itself is gone, and only its ID is to be
	// recognised for the rest of the dedupe window.
	Ended bool
}

// Restore fills a new queue with what an earlier one held, in order of
// arrival. New messages are numbered from last on. It is for queues that are
// kept somewhere else as well: call it before anything else. What has expired
// in the meantime is dropped and reported. The capacity is not looked at.
//
// What the earlier queue numbered, and is not restored, is counted as
// acknowledged.
func (q *Memory[T]) Restore(saved []Saved[T], last uint64) {
	q.lock()
	defer q.unlock()
	q.sequence = last
	q.counters.acked = last
	now := q.clock.now()
	for j := range saved {
		s := &saved[j]
		at := min(int64(s.EnqueuedAt.Sub(q.clock.base)), now)
		if q.seen != nil && s.ID != "" && now-at < q.seen.window {
			q.seen.add(s.ID, s.Sequence, at)
		}
		if !s.Ended {
			q.counters.acked--
			q.readmit(s, at, now)
		}
	}
}

// readmit is admit for a message that was there before.
func (q *Memory[T]) readmit(s *Saved[T], at, now int64) {
	i, e := q.store(&s.Message, s.Sequence, at)
	e.attempt = uint32(s.Attempt)
	if len(s.History) > 0 {
		e.history = s.History
		e.flags |= flagFailed
	}
	e.expires = never
	if s.TTL > 0 {
		e.expires = later(at, s.TTL)
	}
	if !s.Deadline.IsZero() {
		e.deadline = int64(s.Deadline.Sub(q.clock.base))
		if e.deadline <= e.expires {
			e.expires = e.deadline
			e.flags |= flagDated
		}
	}
	if e.expires != never {
		e.flags |= flagExpires
	}
	if e.expires <= now {
		q.drop(i, e, q.expiry(e))
		return
	}
	if s.Delay > 0 {
		e.since = later(at, s.Delay)
		e.flags |= flagLate
	}
	if s.Attempt == 0 {
		if e.is(flagLate) && e.since > now {
			e.due = e.since
			q.delay(i, e)
			return
		}
		q.makeReady(i, e, false)
		return
	}
	if s.Pass {
		e.flags |= flagPassed
	}
	due := int64(s.Due.Sub(q.clock.base))
	if s.Due.IsZero() || due <= now {
		q.makeReady(i, e, !s.Pass)
		return
	}
	if !s.Pass {
		e.flags |= flagHolds
		if e.key != 0 {
			q.order.keys.at(e.key).out++
			q.order.refile(e.key)
		}
	}
	e.due = due
	q.delay(i, e)
}
