package deadletter

import (
	"container/heap"
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"
)

// Run puts back what is scheduled and lets go of what is too old, until ctx
// ends. It returns nil. Without it scheduled retries wait, and ageing happens
// as entries are put.
func (s *Store[T]) Run(ctx context.Context) error {
	s.rewind()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-timer.C:
		}
		for _, id := range s.due(ctx) {
			if ctx.Err() != nil {
				return nil
			}
			// A failure is noted in the entry and the retry is scheduled anew.
			_ = s.Retry(ctx, id)
		}
		wait := s.next()
		if err := s.flush(ctx, ""); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "dead letters not written, to be tried again", "error", err)
			wait = min(wait, saveAgain)
		}
		timer.Reset(wait)
	}
}

// rewind sets the timers anew: a Run that ended may have left entries behind
// that it had taken off.
func (s *Store[T]) rewind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setTimers()
}

// setTimers makes the timers anew from the entries.
func (s *Store[T]) setTimers() {
	clear(s.timers)
	s.timers = s.timers[:0]
	for e := s.held.Front(); e != nil; e = e.Next() {
		if r := e.Value.(*record[T]); !r.RetryAt.IsZero() {
			s.timers = append(s.timers, timed[T]{r.RetryAt, r})
		}
	}
	heap.Init(&s.timers)
}

// schedule decides whether and when r is put back by itself.
func (s *Store[T]) schedule(r *record[T], now time.Time) {
	switch {
	case r.Parked:
		s.at(r, r.RetryAt)
	case r.own < s.config.Retries && slices.Contains(s.config.RetryReasons, r.Reason):
		at := now.Add(s.delay(r.own + 1))
		if r.Message.Deadline.IsZero() || at.Before(r.Message.Deadline) {
			s.at(r, at)
		}
	}
}

func (s *Store[T]) delay(n int) time.Duration { return s.config.Backoff.Delay(n, rand.Float64()) }

// staleTimers is how many stale timers are no burden, however few entries there
// are.
const staleTimers = 64

// at sets the timer of r, which is held.
func (s *Store[T]) at(r *record[T], at time.Time) {
	r.RetryAt = at
	heap.Push(&s.timers, timed[T]{at, r})
	if len(s.timers) > 2*s.held.Len()+staleTimers {
		// Most are of entries that have gone, and would keep their messages alive
		// until they are due.
		s.setTimers()
	}
	if s.timers[0].record == r {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// due returns what is to be put back now, in order, and lets go of the old.
func (s *Store[T]) due(ctx context.Context) []string {
	var ids []string
	s.change(ctx, func() []Change {
		now := time.Now()
		for s.timers.prune(); len(s.timers) > 0 && !s.timers[0].at.After(now); s.timers.prune() {
			ids = append(ids, heap.Pop(&s.timers).(timed[T]).record.ID)
		}
		return s.trim(now)
	})
	return ids
}

// next returns how long Run has nothing to do.
func (s *Store[T]) next() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	wait := time.Hour
	if s.timers.prune(); len(s.timers) > 0 {
		wait = min(wait, s.timers[0].at.Sub(now))
	}
	if e := s.held.Front(); e != nil {
		// An entry from a clock ahead of this one has been held for no time yet.
		wait = min(wait, s.config.Retention-max(0, now.Sub(e.Value.(*record[T]).touched)))
	}
	return max(wait, time.Millisecond)
}

// timers is a heap of scheduled retries. One whose entry has another time by
// now, or none, is stale and skipped.
type timers[T any] []timed[T]

type timed[T any] struct {
	at     time.Time
	record *record[T]
}

func (t *timers[T]) prune() {
	for len(*t) > 0 && !(*t)[0].record.RetryAt.Equal((*t)[0].at) {
		heap.Pop(t)
	}
}

func (t timers[T]) Len() int           { return len(t) }
func (t timers[T]) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers[T]) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers[T]) Push(x any)        { *t = append(*t, x.(timed[T])) }
func (t *timers[T]) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = timed[T]{}
	*t = old[:len(old)-1]
	return last
}
