package queue

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// due takes out, in order, what is due.
func (w *wheel) due(s *slab, now int64, budget int) (order []uint32) {
	for left := -1; left < 0; {
		left = w.advance(s, now, budget)
	}
	for w.near.first() <= now {
		i := w.near.top()
		w.remove(s, i, s.at(i))
		order = append(order, i)
	}
	return order
}

// The wheel yields what a sorted list would: each timer when it is due, in
// order, and none that was cancelled.
func TestWheelAgreesWithSortedList(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := newOrder(false).slab
		var w wheel
		var pending []uint32
		now, sequence := int64(0), uint64(0)
		// From nanoseconds to years, so that all levels have their turn.
		span := func() int64 { return random.Int64N(1 << (1 + random.IntN(56))) }
		for range 3_000 {
			switch random.IntN(12) {
			default:
				sequence++
				i := s.take(0)
				e := s.at(i)
				e.sequence, e.state = sequence, stateDelayed
				at := now + span()
				if len(pending) > 0 && random.IntN(4) == 0 {
					at = max(s.at(pending[random.IntN(len(pending))]).rings, now)
				}
				w.push(s, at, i, e)
				pending = append(pending, i)
			case 0, 1:
				if len(pending) > 0 {
					k := random.IntN(len(pending))
					i := pending[k]
					pending = slices.Delete(pending, k, k+1)
					w.remove(s, i, s.at(i))
					s.release(i)
				}
			case 2:
				now += span()
				slices.SortFunc(pending, func(a, b uint32) int {
					return cmp.Or(cmp.Compare(s.at(a).rings, s.at(b).rings), cmp.Compare(s.at(a).sequence, s.at(b).sequence))
				})
				if len(pending) > 0 {
					if first := s.at(pending[0]).rings; w.next(s) > first {
						t.Fatalf("seed %d: next is %d, the first is due at %d", seed, w.next(s), first)
					}
				} else if w.next(s) != never {
					t.Fatalf("seed %d: an empty wheel has a next", seed)
				}
				n := 0
				for n < len(pending) && s.at(pending[n]).rings <= now {
					n++
				}
				if got := w.due(s, now, 1+random.IntN(9)); !slices.Equal(got, pending[:n]) {
					t.Fatalf("seed %d: due %v, want %v", seed, got, pending[:n])
				}
				for _, i := range pending[:n] {
					s.release(i)
				}
				pending = slices.Delete(pending, 0, n)
			}
			if w.count != len(pending) {
				t.Fatalf("seed %d: %d timers, want %d", seed, w.count, len(pending))
			}
		}
	}
}

// A lone timer is known exactly, so that nothing wakes up for it before it is
// due.
func TestWheelKnowsItsOnlyTimer(t *testing.T) {
	s := newOrder(false).slab
	for d := time.Duration(1); d < 1<<61; d *= 7 {
		var w wheel
		i := s.take(0)
		w.push(s, int64(d), i, s.at(i))
		if got := w.next(s); got != int64(d) {
			t.Errorf("next is %v, want %v", time.Duration(got), d)
		}
	}
}
