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
		r.begin(s)
		for more := true; more; {
			var pause time.Duration
			if pause, more = r.wake(); !more {
				pause = max(pause, s.config.Gather)
			}
			gather.Reset(pause)
			select {
			case <-gather.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// round is one waking of those whom new events concern. It keeps its memory for
// the next.
type round struct {
	woken     []*waiter
	readers   []*waiter // of woken, those with a goroutine of their own
	followers []*Following
	next      int // of the readers
}

// A thousand who are woken at the same time keep everybody else from the
// processors until all have read. So if they are many they are woken some at a
// time, and with them events are gathered for longer.
const (
	portion   = 32                    // is woken at once, or a twentieth of them all
	eachTakes = 20 * time.Microsecond // is the pause for each
	longest   = 20 * time.Millisecond // is how long all pauses of a round are together, at most
)

// begin takes those whom new events concern from among the waiting, and hands on
// the followers among them: they share few goroutines.
func (r *round) begin(s *Stream) {
	r.woken = s.waiting.wake(r.woken[:0])
	r.followers, r.readers, r.next = r.followers[:0], r.readers[:0], 0
	for _, w := range r.woken {
		if w.following != nil {
			r.followers = append(r.followers, w.following)
		} else {
			r.readers = append(r.readers, w)
		}
	}
	s.pool.add(r.followers)
	clear(r.woken)
	clear(r.followers)
}

// wake wakes the next portion of the readers. It returns for how long to wait
// then, and whether there are more.
func (r *round) wake() (pause time.Duration, more bool) {
	all := len(r.readers)
	some := r.readers[r.next:min(r.next+max(portion, all/20), all)]
	r.next += len(some)
	for _, w := range some {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	pause = min(time.Duration(len(some))*eachTakes, longest*time.Duration(len(some))/time.Duration(max(all, 1)))
	clear(some)
	return pause, r.next < all
}

func (s *Stream) expire() { s.log.expire(s.config.Now().Add(-s.config.MaxAge)) }
