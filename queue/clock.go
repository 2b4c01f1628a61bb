package queue

import (
	"sync/atomic"
	"time"
)

// coarseTick is how old a coarse reading of the clock may be, give or take what
// a busy scheduler adds.
const coarseTick = time.Millisecond

// coarseFrom is how many readings within one tick make it worth while to keep a
// coarse one.
const coarseFrom = 32

// clock counts nanoseconds from base. Reading it costs as much as all the rest
// of an Enqueue, so a busy queue stamps its messages from a coarse reading,
// which a timer renews for as long as it is used. Only stamps are coarse: what
// must not be early reads the clock itself.
type clock struct {
	base   time.Time
	coarse atomic.Int64 // the current coarse reading; zero: none is kept
	used   atomic.Bool  // the reading was used since it was made
	timer  *time.Timer
	window int64 // start of the tick in which stamps are counted
	stamps uint32
}

// now reads the clock.
func (c *clock) now() int64 { return int64(time.Since(c.base)) }

// time turns an instant of the clock into a time.
func (c *clock) time(at int64) time.Time { return c.base.Add(time.Duration(at)) }

// stamp returns the instant to stamp a message with. It needs the queue's lock.
func (c *clock) stamp() int64 {
	if at := c.coarse.Load(); at != 0 {
		if c.stamps++; c.stamps%coarseFrom == 0 {
			c.used.Store(true)
		}
		return at
	}
	return c.count()
}

// count is a stamp from the clock itself. It starts the coarse one when there
// were many within a tick.
func (c *clock) count() int64 {
	at := c.now()
	if at-c.window > int64(coarseTick) {
		c.window, c.stamps = at, 0
	}
	if c.stamps++; c.stamps >= coarseFrom && at > 0 {
		c.stamps = 0
		c.coarse.Store(at)
		if c.timer == nil {
			c.timer = time.AfterFunc(coarseTick, c.tick)
		} else {
			c.timer.Reset(coarseTick)
		}
	}
	return at
}

// tick renews the coarse reading, or ends it when it is no longer used. It takes
// no lock, so as not to queue up behind those that it is to make faster.
func (c *clock) tick() {
	if !c.used.Swap(false) {
		c.coarse.Store(0)
		return
	}
	c.coarse.Store(c.now())
	c.timer.Reset(coarseTick)
}
