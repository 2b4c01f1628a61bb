package queue

import (
	"testing"

	"github.com/pitboss-dev/pitboss"
)

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

// What a burst took is given back while it drains, by however many at a time.
func TestBurstIsGivenBack(t *testing.T) {
	const burst = 400 * chunkSize
	for _, batch := range []int{1, 7, chunkSize} {
		q, err := NewFIFO(Config[int]{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range burst {
			if _, err := q.Enqueue(t.Context(), pitboss.Message[int]{Payload: i}); err != nil {
				t.Fatal(err)
			}
		}
		into := make([]pitboss.Delivery[int], batch)
		for taken, n := 0, 1; taken < burst; n = min(batch, burst-taken) {
			if n, err = q.DequeueBatch(t.Context(), into[:n]); err != nil {
				t.Fatal(err)
			}
			if err := pitboss.AckBatch(into[:n]); err != nil {
				t.Fatal(err)
			}
			taken += n
		}
		kept := 0
		for _, b := range q.blocks {
			if b != nil {
				kept++
			}
		}
		if most := 2*3 + spareChunks; q.slab.used > 3 || kept > most {
			t.Errorf("batches of %d: %d blocks are used and %d kept, want 3 and %d at most", batch, q.slab.used, kept, most)
		}
		if err := q.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
