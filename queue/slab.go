package queue

import (
	"math"
	"math/bits"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
)

// never is the instant that does not come: no expiry, no deadline.
const never = math.MaxInt64

// none is the index of no entry. Index 0 is never handed out.
const none uint32 = 0

// state is where an entry is in its life.
type state uint8

const (
	stateReady state = 1 + iota
	stateDelayed
	stateInFlight
)

// entry is the book-keeping of one message. Entries live in a slab and are
// linked by index, so that neither ordering nor ending a message looks
// anything up or allocates. An entry fills one cache line. Instants are
// nanoseconds on the queue's clock.
type entry struct {
	sequence   uint64
	at         int64         // accepted
	turn       link          // in a lane, in flight, or free
	generation atomic.Uint32 // counts the ends of deliveries; see claim
	attempt    uint32
	key        uint32 // in the key table; zero: none
	state      state
	level      uint8 // the message's priority
	lane       uint8 // the lane that its priority leads to
	seat       uint8 // the lane it is filed in, which its key may have raised
	filed      filing
	flags      flags
	placed     [placeKinds]place // whether it is in a heap
	deadline   int64             // flagDated, and always where deadlines order

	*detail // never nil
}

// detail is what is known of some messages only. It is apart from the entry so
// that an ordinary message touches one cache line; its fields mean nothing
// unless the entry's flags say so.
type detail struct {
	rings   int64 // placed as timer: when that is due
	ring    link  // in a slot of the wheel
	expires int64 // flagExpires: the earlier of TTL and deadline
	due     int64 // delayed: when it is ready; in flight: when its lease ends
	since   int64 // flagLate: when it was first due
	history []pitboss.Attempt
	arrival link   // where the order is tracked
	sibling link   // in its key's list
	owner   uint32 // flagFlight: the consumer it is in flight with
	leased  uint32 // flagFlight: the generation of that delivery
}

// claim ends the delivery of that generation, for whoever comes first: the
// consumer, its closing, or the end of its lease. A delivery bears the
// generation that its entry has; its end raises it, and so leaves nothing for
// a second end, or one that comes after the entry has found its next use, to
// match. The winner alone may touch the entry from then on, and its message
// under the queue's lock.
func (e *entry) claim(generation uint32) bool {
	return e.generation.CompareAndSwap(generation, generation+1)
}

// flags are facts about an entry.
type flags uint8

const (
	flagExpires flags = 1 << iota // it has a TTL or a deadline
	flagHolds                     // its key waits for it: in flight, or in a retry's backoff
	flagPassed                    // its key did not wait for its retry
	flagLate                      // it was delayed when it came
	flagDated                     // its deadline comes before its TTL ends
	flagFlight                    // it is in the list of flights
	flagFailed                    // it has a history
	flagOptions                   // its message has more than a payload and a priority
)

func (e *entry) is(f flags) bool { return e.flags&f != 0 }

// end is when e expires, or never.
func (e *entry) end() int64 {
	if e.is(flagExpires) {
		return e.expires
	}
	return never
}

// waitingSince is when e was first due: a delay is not waiting.
func (e *entry) waitingSince() int64 {
	if e.is(flagLate) {
		return e.since
	}
	return e.at
}

// past returns e's history, which the reader must not change.
func (e *entry) past() []pitboss.Attempt {
	if e.is(flagFailed) {
		return e.history
	}
	return nil
}

const (
	chunkBits = 6
	chunkSize = 1 << chunkBits
	// spareChunks is how many empty chunks are kept for the next burst, in
	// addition to one for each chunk in use: a queue that fills up to some 4,000
	// messages and drains again allocates nothing.
	spareChunks = 64
)

// cells are the entries of a chunk, as part of what the slab's owner keeps with
// them. What stands before the entries makes up, with the allocator's header of
// eight bytes, a cache line, so that each entry fills one.
type cells struct {
	acked   atomic.Uint64 // entries that are acknowledged and yet to be freed, a bit each
	_       [48]byte
	entries [chunkSize]entry
	details [chunkSize]detail
}

// chunk is what the slab knows of a number of entries, which are allocated and
// given back together. It is apart from them, so that the books of many chunks
// lie close together, and nobody who wants an entry has to read them.
type chunk struct {
	index      uint32
	free       uint64 // freed entries, a bit each
	supply     uint64 // the same, for what is handed out while the chunk is open
	fresh      uint32 // entries from here on are handed out one after another
	live       uint32 // entries that are handed out or, while it is open, to be
	open       bool
	partial    bool
	next, prev *chunk // in the list of partly used chunks, or next spare
}

// spent says that an open chunk has nothing left to hand out.
func (c *chunk) spent() bool { return c.supply == 0 && c.fresh == chunkSize }

// handedOut is a bit for each entry that is.
func (c *chunk) handedOut() uint64 {
	all := uint64(1)<<c.fresh - 1 // all bits where that is 64
	if c.index == 0 {
		all &^= 1 << none
	}
	return all &^ (c.free | c.supply)
}

// slab hands out entries by index. It grows by a chunk at a time.
//
// Each lane has a chunk of its own open and is handed its entries one after
// another, so that a lane that is served in order of arrival reads its messages
// in the order in which they lie in memory, however many there are. What is
// freed is not handed out again before all of its chunk is free, unless that
// would leave more than half of the memory unused.
//
// A chunk whose last entry is freed becomes a spare; spares beyond spareChunks
// plus the number of chunks in use go back to the garbage collector, so that
// what a burst took is given back while it drains.
type slab struct {
	entries []*[chunkSize]entry // by chunk; nil where one was given back
	chunks  []*chunk            // likewise
	vacant  []uint32            // indexes of chunks given back
	open    [pitboss.Priorities]*chunk
	partial *chunk
	spare   *chunk
	spares  int
	used    int // chunks that are not spare
	live    int // entries handed out

	// scattered says that entries are freed in no order anyhow: then it is best
	// to hand out at once what was freed, which is still in the cache.
	scattered bool

	// reap releases what nobody needs any more; allocate makes the cells of a
	// chunk; released tells that the chunk of that index is given back.
	reap     func()
	allocate func(index uint32) *cells
	released func(index uint32)
}

// at returns the entry of index i. The pointer is good until the chunk is
// given back, which cannot happen while i is handed out.
func (s *slab) at(i uint32) *entry { return &s.entries[i>>chunkBits][i%chunkSize] }

// fetch has the processor bring the entry of index i, which is handed out, into its
// cache, without waiting for it. The load is an atomic one because the compiler leaves out others
// that nobody uses.
func (s *slab) fetch(i uint32) { s.at(i).generation.Load() }

// take hands out an entry for a lane. Its fields are what its last user left.
func (s *slab) take(lane uint8) uint32 {
	c := s.open[lane]
	if c == nil || c.spent() {
		c = s.advance(lane)
	}
	s.live++
	if c.supply != 0 {
		at := bits.TrailingZeros64(c.supply)
		c.supply &= c.supply - 1
		return c.index<<chunkBits | uint32(at)
	}
	c.fresh++
	return c.index<<chunkBits | (c.fresh - 1)
}

// advance opens another chunk for a lane: a partly used one, a spare, or a new
// one. Where entries are freed in no order, it goes on with what was freed in the
// one that is open.
func (s *slab) advance(lane uint8) *chunk {
	if c := s.open[lane]; s.scattered && c != nil && c.free != 0 {
		c.supply, c.free, c.live = c.free, 0, chunkSize
		return c
	}
	if !s.scattered || s.partial == nil {
		s.reap()
	}
	if c := s.open[lane]; c != nil {
		c.open = false
		s.shelve(c)
	}
	c := s.partial
	switch {
	case c != nil && (s.scattered || s.used*chunkSize > 2*s.live+spareChunks*chunkSize):
		s.unlinkPartial(c)
		c.supply, c.free = c.free, 0
	case s.spare != nil:
		c = s.spare
		s.spare, c.next = c.next, nil
		s.spares--
		s.used++
		c.fresh, c.free = 0, 0
	default:
		c = s.grow()
		s.used++
	}
	c.open, c.live = true, chunkSize
	s.open[lane] = c
	return c
}

func (s *slab) grow() *chunk {
	index := uint32(len(s.chunks))
	if n := len(s.vacant); n > 0 {
		index = s.vacant[n-1]
		s.vacant = s.vacant[:n-1]
	} else {
		s.chunks, s.entries = append(s.chunks, nil), append(s.entries, nil)
	}
	held := s.allocate(index)
	for i := range held.entries {
		held.entries[i].detail = &held.details[i]
	}
	c := &chunk{index: index}
	s.chunks[index], s.entries[index] = c, &held.entries
	if index == 0 {
		// Entry 0 stands for none: it is neither handed out nor freed, and so
		// pins the first chunk.
		c.fresh = 1
	}
	return c
}

// release takes entry i back.
func (s *slab) release(i uint32) { s.releaseAll(i>>chunkBits, 1<<(i%chunkSize)) }

// releaseAll takes entries of one chunk back, a bit each.
func (s *slab) releaseAll(index uint32, entries uint64) {
	c := s.chunks[index]
	n := bits.OnesCount64(entries)
	c.free |= entries
	c.live -= uint32(n)
	s.live -= n
	if !c.open && (c.live == 0 || !c.partial) {
		s.shelve(c)
	}
}

// shelve puts a chunk that is not open where it is found when it is needed: with
// the spares, with those that have entries to hand out, or nowhere.
func (s *slab) shelve(c *chunk) {
	switch {
	case c.live == 0:
		s.retire(c)
	case c.free != 0 && !c.partial:
		s.linkPartial(c)
	}
}

// retire keeps an empty chunk as a spare or gives it back.
func (s *slab) retire(c *chunk) {
	if c.partial {
		s.unlinkPartial(c)
	}
	s.used--
	c.next, s.spare = s.spare, c
	s.spares++
	for s.spares > spareChunks+s.used {
		c := s.spare
		s.spare, c.next = c.next, nil
		s.spares--
		s.chunks[c.index], s.entries[c.index] = nil, nil
		s.vacant = append(s.vacant, c.index)
		s.released(c.index)
	}
}

func (s *slab) linkPartial(c *chunk) {
	c.partial, c.prev, c.next = true, nil, s.partial
	if s.partial != nil {
		s.partial.prev = c
	}
	s.partial = c
}

func (s *slab) unlinkPartial(c *chunk) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		s.partial = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.partial, c.prev, c.next = false, nil, nil
}

// each visits every entry that is handed out, in no particular order.
func (s *slab) each(visit func(i uint32, e *entry)) {
	for _, c := range s.chunks {
		if c == nil || c.live == 0 {
			continue
		}
		for live := c.handedOut(); live != 0; live &= live - 1 {
			at := bits.TrailingZeros64(live)
			visit(c.index<<chunkBits|uint32(at), &s.entries[c.index][at])
		}
	}
}
