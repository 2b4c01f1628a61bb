package queue

import "testing"

// Messages that stay for long, each in a block of its own, do not keep these
// blocks from being filled again.
func TestSlabFillsHoles(t *testing.T) {
	for _, scattered := range []bool{false, true} {
		s := newOrder(false).slab
		s.scattered = scattered
		for stay := range 2_000 {
			var leave []uint32
			for range chunkSize - 1 {
				leave = append(leave, s.take(0))
			}
			s.take(0) // stays
			for _, i := range leave {
				s.release(i)
			}
			if s.live != stay+1 {
				t.Fatalf("%d entries are out, want %d", s.live, stay+1)
			}
			// A round needs one block more at most, and two are open or pinned.
			if most := 2*s.live/chunkSize + spareChunks + 3; s.used > most {
				t.Fatalf("scattered %v: %d entries in %d blocks, want %d at most", scattered, s.live, s.used, most)
			}
		}
	}
}
