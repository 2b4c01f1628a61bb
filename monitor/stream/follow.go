package stream

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
)

// Following is a subscriber who is called.
type Following struct {
	waiter
	stream     *Stream
	handle     func(b *Batch)
	disconnect bool
	filter     Filter
	ended      atomic.Bool
}

// Follow has handle called with what there is and what comes, from the
// goroutines of [Stream.Run], one call at a time. Handlers share these
// goroutines, so a handler must not block; the batch is its own only until it
// returns. Follow fails as [Stream.Subscribe] does, and with
// [pitboss.ErrClosed] once the stream has ended. One that is to be disconnected
// is told what it missed, with no events, and not called again.
func (s *Stream) Follow(o Options, handle func(b *Batch)) (*Following, error) {
	if handle == nil {
		return nil, &pitboss.FieldError{Field: "handle", Value: nil, Allowed: "a function"}
	}
	c, err := s.cursor(o)
	if err != nil {
		return nil, err
	}
	if s.over() {
		return nil, fmt.Errorf("event stream: %w", pitboss.ErrClosed)
	}
	s.joined(&o.Filter, &c.matcher, 1)
	f := &Following{
		waiter: waiter{cursor: c}, stream: s, handle: handle, filter: o.Filter, disconnect: o.Behind == Disconnect,
	}
	f.following = f
	s.pool.add([]*Following{f})
	if s.over() { // just now: Run may have ended the others already
		f.End()
		return nil, fmt.Errorf("event stream: %w", pitboss.ErrClosed)
	}
	return f, nil
}

// End ends the following: no call begins any more. Ending it again does nothing.
func (f *Following) End() {
	if !f.ended.Swap(true) {
		f.stream.waiting.leave(&f.waiter)
		f.stream.joined(&f.filter, &f.matcher, -1)
	}
}

// step gives the follower one batch, and reports whether it wants another turn.
func (f *Following) step(b *Batch) (again bool) {
	if f.ended.Load() {
		return false
	}
	if f.read(b, sharedBatchSize) {
		f.stream.missed.Add(b.Missed.Count)
		cut := f.disconnect && b.Missed.Count > 0
		if cut {
			b.Entries = b.Entries[:0]
		}
		if !f.called(b) || cut {
			f.End()
			return false
		}
	}
	if f.behind() {
		return true
	}
	// Once it is among the waiting it may be another goroutine's.
	seq, s := f.seq, f.stream
	if !s.waiting.park(&f.waiter) {
		return true
	}
	if f.ended.Load() {
		s.waiting.leave(&f.waiter)
	}
	if seq < s.log.last.Load() {
		s.poke()
	}
	return false
}

// called calls the handler, and returns false if it panicked.
func (f *Following) called(b *Batch) (ok bool) {
	defer func() {
		if value := recover(); value != nil {
			f.stream.config.Log.Error("follower of events panicked; it is not called again",
				"panic", fmt.Sprint(value), "stack", string(debug.Stack()))
		}
	}()
	f.handle(b)
	return true
}

// pool holds the followers who have something to look at.
type pool struct {
	mu     sync.Mutex
	filled sync.Cond
	ready  []*Following
	next   int // in ready
	closed bool
}

func newPool() *pool {
	p := new(pool)
	p.filled.L = &p.mu
	return p
}

func (p *pool) add(list []*Following) {
	if len(list) == 0 {
		return
	}
	p.mu.Lock()
	if p.next == len(p.ready) {
		p.ready, p.next = p.ready[:0], 0
	}
	p.ready = append(p.ready, list...)
	p.mu.Unlock()
	p.filled.Signal()
}

// share is how many followers a worker takes at once.
const share = 64

// take waits for followers and returns some, or none once it is over.
func (p *pool) take(into []*Following) []*Following {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next == len(p.ready) && !p.closed {
		p.filled.Wait()
	}
	if p.closed {
		return nil
	}
	n := min(share, len(p.ready)-p.next)
	into = append(into, p.ready[p.next:p.next+n]...)
	clear(p.ready[p.next : p.next+n])
	if p.next += n; p.next < len(p.ready) {
		p.filled.Signal()
	}
	return into
}

// rest is those who are left.
func (p *pool) rest() []*Following {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.ready[p.next:])
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.filled.Broadcast()
}

// work calls followers until the stream ends.
func (s *Stream) work() {
	var (
		mine, again []*Following
		b           Batch
	)
	for {
		if mine = s.pool.take(mine[:0]); len(mine) == 0 {
			return
		}
		again = again[:0]
		for _, f := range mine {
			s.waiting.unpark(&f.waiter)
			if f.step(&b) {
				again = append(again, f)
			}
		}
		s.pool.add(again)
	}
}
