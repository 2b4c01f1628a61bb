package queue

import (
	"math"

	"github.com/pitboss-dev/pitboss"
)

// never is the instant that does not come: no expiry, no deadline.
const never = math.MaxInt64

// none is the index of no entry. Index 0 is never handed out.
const none uint32 = 0

// state is where an entry is in its life.
type state uint8

const (
	stateFree state = iota
	stateReady
	stateDelayed
	stateInFlight
)

// entry is the book-keeping of one message. Entries live in a slab and are
// linked by index, so that neither ordering nor ending a message looks
// anything up or allocates. Instants are nanoseconds on the queue's clock.
type entry struct {
	sequence uint64
	at       int64 // accepted
	since    int64 // first due: at plus the message's delay
	due      int64 // delayed: when it is ready; in flight: when its lease ends
	expires  int64 // the earlier of TTL and deadline
	deadline int64
	history  []pitboss.Attempt

	links [linkKinds]link
	place [placeKinds]uint32 // position in a heap plus one; zero: not in it

	generation uint32 // of the delivery in flight; zero: not in flight
	attempt    uint32
	key        uint32 // in the key table; zero: none
	owner      uint32 // the consumer it is in flight with

	state  state
	level  uint8 // the message's priority
	lane   uint8 // the lane that its priority leads to
	turn   uint8 // the lane it is filed in, which its key may have raised
	filed  filing
	holds  bool // its key waits for it: in flight, or in a retry's backoff
	passed bool // its key did not wait for its retry
}

const (
	chunkBits = 6
	chunkSize = 1 << chunkBits
	// spareChunks is how many empty chunks are kept for the next burst, in
	// addition to one for each chunk in use.
	spareChunks = 16
)

// chunk is a block of entries. It is allocated and given back as a whole.
type chunk struct {
	entries    [chunkSize]entry
	index      uint32
	free       uint32 // freed entries, linked by links[linkTurn].next
	fresh      uint32 // entries from here on were never used
	live       uint32
	next, prev *chunk // in the list of partly used chunks, or next spare
	partial    bool
}

// slab hands out entries by index. It grows by a chunk at a time. A chunk whose
// last entry is freed becomes a spare; spares beyond spareChunks plus the
// number of chunks in use go back to the garbage collector, so that what a
// burst took is given back while it drains.
type slab struct {
	chunks  []*chunk
	vacant  []uint32 // indexes of chunks given back
	current *chunk
	partial *chunk
	spare   *chunk
	spares  int
	used    int // chunks that are not spare
	live    int // entries handed out

	// grown and shrunk let the owner keep a parallel array of its own.
	grown, shrunk func(chunk uint32)
}

// at returns the entry of index i. The pointer is good until the chunk is
// given back, which cannot happen while i is handed out.
func (s *slab) at(i uint32) *entry { return &s.chunks[i>>chunkBits].entries[i%chunkSize] }

// get is at for an index from outside, which may be stale or made up.
func (s *slab) get(i uint32) *entry {
	if c := i >> chunkBits; int(c) < len(s.chunks) && s.chunks[c] != nil {
		return &s.chunks[c].entries[i%chunkSize]
	}
	return nil
}

// take hands out an entry. Its fields are what its last user left.
func (s *slab) take() uint32 {
	c := s.current
	if c == nil || c.live == chunkSize {
		c = s.advance()
	}
	c.live++
	s.live++
	if i := c.free; i != none {
		c.free = c.entries[i%chunkSize].links[linkTurn].next
		return i
	}
	i := c.index<<chunkBits | c.fresh
	c.fresh++
	return i
}

// advance finds a chunk with room: a partly used one, a spare, or a new one.
func (s *slab) advance() *chunk {
	switch {
	case s.partial != nil:
		s.current = s.partial
		s.unlinkPartial(s.current)
	case s.spare != nil:
		s.current = s.spare
		s.spare, s.current.next = s.current.next, nil
		s.spares--
		s.used++
	default:
		s.current = s.grow()
		s.used++
	}
	return s.current
}

func (s *slab) grow() *chunk {
	c := new(chunk)
	if n := len(s.vacant); n > 0 {
		c.index = s.vacant[n-1]
		s.vacant = s.vacant[:n-1]
		s.chunks[c.index] = c
	} else {
		c.index = uint32(len(s.chunks))
		s.chunks = append(s.chunks, c)
	}
	if c.index == 0 {
		// Entry 0 stands for none; counting it as live pins the first chunk.
		c.fresh, c.live = 1, 1
	}
	s.grown(c.index)
	return c
}

// release takes entry i back.
func (s *slab) release(i uint32) {
	c := s.chunks[i>>chunkBits]
	e := &c.entries[i%chunkSize]
	e.state, e.generation, e.history = stateFree, 0, nil
	e.links[linkTurn].next = c.free
	c.free = i
	c.live--
	s.live--
	if c == s.current {
		return
	}
	if c.live > 0 {
		if !c.partial {
			s.linkPartial(c)
		}
		return
	}
	s.retire(c)
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
		s.chunks[c.index] = nil
		s.vacant = append(s.vacant, c.index)
		s.shrunk(c.index)
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
		for j := range c.entries {
			if e := &c.entries[j]; e.state != stateFree {
				visit(c.index<<chunkBits|uint32(j), e)
			}
		}
	}
}
