package queue

import "math/bits"

// A wheel's least slot is a tick of 2^15 ns (33 µs); eight levels of 64 slots
// reach from there as far as the clock does.
const (
	tickBits    = 15
	slotBits    = 6
	slotMask    = 1<<slotBits - 1
	wheelLevels = (63 - tickBits) / slotBits
)

// wheel holds timers. It is the hierarchical timing wheel of Varghese and Lauck
// (Hashed and Hierarchical Timing Wheels, 1987), with a bitmap of the occupied
// slots: to set or cancel a timer costs the same however many there are, and
// nothing ticks while nothing is due.
//
// A timer is filed by the highest digit, in base 64, in which its tick differs
// from that of the wheel's position. So all that is filed at one level comes
// after all that is filed below. A timer whose tick the position has reached is
// in a heap, which knows the exact order.
//
// The timers set last are not filed yet: most are cancelled long before they are
// due, because their message is handled in time. They are filed together, when
// one of them may be due or when there are freshLimit of them.
type wheel struct {
	position int64 // no slot begins before it
	count    int
	fresh    int   // how many are not filed yet
	first    int64 // none of these is due before; meaningless if there is none
	near     heap
	far      *slots // nil until needed
}

// freshLimit bounds what filing takes at a time.
const freshLimit = 64

// slots are lists of timers by level and digit, and then two more: of those that
// have left their slot and are yet to be filed anew, and of the fresh ones.
type slots struct {
	levels   uint8 // a bit for each level that is occupied
	occupied [wheelLevels]uint64
	heads    [freshList + 1]uint32
}

const (
	falling   = wheelLevels << slotBits
	freshList = falling + 1
	// firstOf marks, in place of the entry before the first of a list, the list.
	firstOf = 1 << 31
)

// push sets e's timer, which must not be set.
func (w *wheel) push(s *slab, at int64, i uint32, e *entry) {
	switch {
	case w.far == nil:
		w.far = new(slots)
	case w.fresh == freshLimit:
		w.fileFresh(s)
	}
	if w.fresh == 0 || at < w.first {
		w.first = at
	}
	w.count++
	w.fresh++
	e.rings = at
	w.far.add(s, freshList, i, e)
	e.placed[placeTimer] = inFresh
}

// fileFresh files what was set last.
func (w *wheel) fileFresh(s *slab) {
	for i := w.far.heads[freshList]; i != none; {
		e := s.at(i)
		next := e.ring.next
		w.file(s, i, e)
		i = next
	}
	w.far.heads[freshList], w.fresh = none, 0
}

func (w *wheel) file(s *slab, i uint32, e *entry) {
	tick, position := uint64(e.rings)>>tickBits, uint64(w.position)>>tickBits
	if int64(tick) <= int64(position) {
		w.near.push(s, placeTimer, e.rings, i, e)
		return
	}
	level := uint(bits.Len64(tick^position)-1) / slotBits
	digit := uint(tick>>(level*slotBits)) & slotMask
	w.far.levels |= 1 << level
	w.far.occupied[level] |= 1 << digit
	w.far.add(s, level<<slotBits|digit, i, e)
}

// add puts i in front of a list.
func (f *slots) add(s *slab, list uint, i uint32, e *entry) {
	next := f.heads[list]
	e.placed[placeTimer] = inSlot
	e.ring = link{next: next, prev: firstOf | uint32(list)}
	if next != none {
		s.at(next).ring.prev = i
	}
	f.heads[list] = i
}

// remove cancels i's timer.
func (w *wheel) remove(s *slab, i uint32, e *entry) {
	w.count--
	switch e.placed[placeTimer] {
	case inHeap:
		w.near.remove(s, placeTimer, i, e)
		return
	case inFresh:
		w.fresh--
	}
	e.placed[placeTimer] = nowhere
	next, prev := e.ring.next, e.ring.prev
	if next != none {
		s.at(next).ring.prev = prev
	}
	if prev&firstOf == 0 {
		s.at(prev).ring.next = next
		return
	}
	list := uint(prev &^ firstOf)
	if w.far.heads[list] = next; next == none {
		w.far.vacate(list)
	}
}

// vacate notes that a list has become empty.
func (f *slots) vacate(list uint) {
	if list >= falling {
		return
	}
	level := list >> slotBits
	if f.occupied[level] &^= 1 << (list & slotMask); f.occupied[level] == 0 {
		f.levels &^= 1 << level
	}
}

// advance moves the position on to now, which takes all that is due by then
// into the heap. It files at most n timers anew and returns how many of the n
// are left, or less than zero if they did not do.
func (w *wheel) advance(s *slab, now int64, n int) int {
	if w.fresh > 0 && w.first <= now {
		w.fileFresh(s)
	}
	for f := w.far; f != nil; {
		for i := f.heads[falling]; i != none; i = f.heads[falling] {
			if n--; n < 0 {
				return n
			}
			e := s.at(i)
			if f.heads[falling] = e.ring.next; e.ring.next != none {
				s.at(e.ring.next).ring.prev = firstOf | falling
			}
			w.file(s, i, e)
		}
		list, start := w.soonestSlot()
		if start > now {
			break
		}
		// The list of those that fall is empty, so it can become this one.
		w.position = start
		i := f.heads[list]
		f.heads[list], f.heads[falling] = none, i
		f.vacate(list)
		s.at(i).ring.prev = firstOf | falling
	}
	// No slot begins in between, so that each timer stays where it belongs.
	w.position = max(w.position, now)
	return n
}

// soonestSlot returns the occupied slot that begins first, and when, or never.
func (w *wheel) soonestSlot() (list uint, start int64) {
	f := w.far
	if f == nil || f.levels == 0 {
		return 0, never
	}
	level := uint(bits.TrailingZeros8(f.levels))
	digit := uint(bits.TrailingZeros64(f.occupied[level]))
	shift := tickBits + level*slotBits
	above := w.position &^ (1<<(shift+slotBits) - 1)
	return level<<slotBits | digit, above | int64(digit)<<shift
}

// next returns an instant before which nothing is due, or never: that of the
// first timer where it is known without sorting.
func (w *wheel) next(s *slab) int64 {
	first := w.nextFiled(s)
	if w.fresh > 0 {
		first = min(first, w.first)
	}
	return first
}

// nextFiled is next for all but the fresh ones.
func (w *wheel) nextFiled(s *slab) int64 {
	switch {
	case w.count == w.fresh:
		return never
	case w.far.heads[falling] != none:
		return w.position
	case w.near.count > 0:
		return w.near.first()
	}
	list, start := w.soonestSlot()
	if e := s.at(w.far.heads[list]); e.ring.next == none {
		return e.rings
	}
	return start
}
