package stream

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// Stream is an [event.Publisher] with a history and subscribers. All methods are
// safe for concurrent use.
type Stream struct {
	config  Config
	types   types
	log     *log
	waiting *waiting
	pool    *pool

	asleep  atomic.Bool // the dispatcher waits for a poke
	poked   chan struct{}
	running atomic.Bool
	ended   chan struct{} // Run is about to end

	subscribers atomic.Int64
	missed      atomic.Uint64
	watched     watched
}

var _ event.Publisher = (*Stream)(nil)

// New returns an empty stream. Subscribers who wait are woken from [Stream.Run]
// on.
func New(c Config) (*Stream, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	s := &Stream{
		config: c, types: newTypes(c.Types), log: newLog(c.History, c.After),
		pool: newPool(), poked: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	s.waiting = newWaiting(s.log)
	return s, nil
}

// Publish implements [event.Publisher]: it sets the events' numbers and takes
// them over, so that the slice must not be used for others. An event without a
// time is given that of its arrival. Nobody is shown a secret. Publish never
// blocks.
func (s *Stream) Publish(events []event.Event) {
	if len(events) == 0 {
		return
	}
	for i := range events {
		if events[i].Time.IsZero() {
			events[i].Time = s.config.Now() // or it would expire at once
		}
	}
	s.log.append(events, &s.types.kinds)
	s.waiting.assist()
	s.poke()
}

// poke wakes the dispatcher if it sleeps and anybody waits.
func (s *Stream) poke() {
	if s.waiting.count.Load() > 0 && s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		select {
		case s.poked <- struct{}{}:
		default: // one that it has not seen yet does as well
		}
	}
}

// Run wakes those who wait and calls the followers until ctx ends. Then every
// subscription and following ends, and no follower is called any more; publishing
// and the history go on. A stream runs once.
func (s *Stream) Run(ctx context.Context) error {
	if s.running.Swap(true) {
		return errors.New("event stream: it runs already, or has run")
	}
	var workers sync.WaitGroup
	for range s.config.Workers {
		workers.Go(s.work)
	}
	s.dispatch(ctx)
	close(s.ended)
	s.pool.close()
	workers.Wait()
	for _, f := range append(s.pool.rest(), s.waiting.followers()...) {
		f.End()
	}
	return nil
}

// over reports whether Run has ended, or is about to.
func (s *Stream) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// dispatch wakes those whom new events concern.
func (s *Stream) dispatch(ctx context.Context) {
	expiry := time.NewTicker(max(s.config.MaxAge/60, time.Second))
	defer expiry.Stop()
	gather := time.NewTimer(s.config.Gather)
	defer gather.Stop()
	var r round
	for {
		// Whoever publishes from here on pokes; who did before is news.
		s.asleep.Store(true)
		if !s.waiting.news() {
			select {
			case <-s.poked:
			case <-expiry.C:
				s.expire()
				continue
			case <-ctx.Done():
				return
			}
		}
		s.asleep.Store(false)
		r.wake(s)
		gather.Reset(s.config.Gather)
		select {
		case <-gather.C:
		case <-ctx.Done():
			return
		}
	}
}

// round is one waking. It keeps its memory for the next.
type round struct {
	woken     []*waiter
	followers []*Following
}

func (r *round) wake(s *Stream) {
	r.woken = s.waiting.wake(r.woken[:0])
	r.followers = r.followers[:0]
	for _, w := range r.woken {
		if w.following != nil {
			r.followers = append(r.followers, w.following)
			continue
		}
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	s.pool.add(r.followers)
	clear(r.woken)
	clear(r.followers)
}

func (s *Stream) expire() { s.log.expire(s.config.Now().Add(-s.config.MaxAge)) }
