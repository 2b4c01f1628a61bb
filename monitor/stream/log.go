package stream

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// log holds the last events. Readers take no lock: entries up to last never
// change, and whoever holds a chunk keeps it alive after the log has let go of
// it.
type log struct {
	capacity uint64
	ring     []atomic.Pointer[chunk] // by number, modulo the length
	kept     atomic.Uint64           // the oldest event that has not expired; last+1 for none
	last     atomic.Uint64           // the newest

	mu     sync.Mutex // one writer at a time
	tail   *chunk
	counts [maxTypes + 1]uint64 // published, by kind

	next atomic.Pointer[chunk] // made in advance, without the lock; nil: none
}

// chunk holds the entries of chunkSize sequence numbers. Making them by the
// chunk costs a few ns an event, where making each would cost fifty.
type chunk struct {
	number  uint64 // of its sequence numbers, divided by chunkSize
	entries [chunkSize]Entry
	kinds   [chunkSize]uint8 // apart, for an entry would grow by a whole word
}

const chunkSize = 64

// spareChunks are those that are filled while all that the log holds is still in
// others: the one that the oldest event shares with some that are gone, and two
// for the events of an append, which are at most one chunk's.
const spareChunks = 3

func newLog(capacity int, after uint64) *log {
	l := &log{capacity: uint64(capacity), ring: make([]atomic.Pointer[chunk], capacity/chunkSize+spareChunks)}
	l.kept.Store(after + 1)
	l.last.Store(after)
	return l
}

func (l *log) slot(number uint64) *atomic.Pointer[chunk] {
	return &l.ring[number%uint64(len(l.ring))]
}

// first is the oldest event held; last+1 for none.
func (l *log) first() uint64 {
	first := l.kept.Load()
	if last := l.last.Load(); last >= l.capacity {
		first = max(first, last+1-l.capacity)
	}
	return first
}

// append numbers the events and adds them. They are shared, not copied: most of
// what a copy costs is in collecting it as garbage.
func (l *log) append(events []event.Event, kinds *kinds) {
	l.mu.Lock()
	seq := l.last.Load()
	if len(events) > chunkSize {
		// Readers must know what is gone before it is. The ring has places to spare,
		// but not for so many.
		if end := seq + uint64(len(events)); end >= l.kept.Load()+l.capacity {
			l.kept.Store(end + 1 - l.capacity)
		}
	}
	tail := l.tail
	for i := range events {
		seq++
		events[i].Seq = seq
		if tail == nil || tail.number != seq/chunkSize {
			tail = l.begin(seq / chunkSize)
		}
		kind := kinds.of(events[i].Type)
		tail.entries[seq%chunkSize].event = &events[i]
		tail.kinds[seq%chunkSize] = kind
		l.counts[kind]++
	}
	begun := tail != l.tail
	l.tail = tail
	l.last.Store(seq)
	l.mu.Unlock()
	if begun {
		l.next.Store(new(chunk))
	}
}

// begin returns a chunk that is in the ring.
func (l *log) begin(number uint64) *chunk {
	c := l.next.Swap(nil)
	if c == nil {
		c = new(chunk)
	}
	c.number = number
	l.slot(number).Store(c)
	return c
}

// chunkOf returns the chunk of an event up to last, or nil if it is gone.
func (l *log) chunkOf(seq uint64) *chunk {
	c := l.slot(seq / chunkSize).Load()
	if c == nil || c.number != seq/chunkSize {
		return nil
	}
	return c
}

// at returns an event up to last and its kind, or nil if it is gone.
func (l *log) at(seq uint64) (e *Entry, kind uint8) {
	if c := l.chunkOf(seq); c != nil {
		return &c.entries[seq%chunkSize], c.kinds[seq%chunkSize]
	}
	return nil, otherKind
}

// expire lets go of the events before a time.
func (l *log) expire(before time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.last.Load()
	for seq := l.first(); seq <= last; seq++ {
		e, _ := l.at(seq)
		if e != nil && !e.event.Time.Before(before) {
			return
		}
		l.kept.Store(seq + 1)
		// The chunk that is still being filled stays: another of the same number
		// would look to readers as if it held these events.
		if seq%chunkSize == chunkSize-1 {
			l.slot(seq / chunkSize).Store(nil)
		}
	}
}
