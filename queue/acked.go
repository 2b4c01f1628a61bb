package queue

import (
	"errors"
	"math/bits"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
)

// Acknowledging takes no lock. It leaves a bit for the entry in its block, one
// for the block in its group, and one for the group in the queue; whoever holds
// the lock and needs what was acknowledged follows the bits down and frees all
// entries of a block at once. A bit is always set before those that lead to it
// are looked at, and those are cleared before it is, so that none is missed; one
// that leads nowhere any more does no harm.

// groupSize is how many blocks a group has: a bit each.
const groupSize = 64

// group is where acknowledgements in a number of blocks are announced.
type group struct{ blocks atomic.Uint64 }

// Ack implements [pitboss.Ender]. It takes no lock unless someone waits for
// what it sets free: the next one to need that does the rest.
func (b *block[T]) Ack(token uint64) error {
	e := b.entry(token)
	if !e.claim(generation(token)) {
		return pitboss.ErrEnded
	}
	if e.is(flagFlight) {
		b.queue.finishAcked(uint32(token), e)
		return nil
	}
	b.empty(uint32(token), e)
	b.announce(1 << (token % chunkSize))
	return nil
}

// AckBatch implements [pitboss.BatchAcker]. What follows one another in the batch
// and lies in one block is announced together.
func (b *block[T]) AckBatch(deliveries []pitboss.Delivery[T]) error {
	var faults []error
	var entries uint64 // of b
	for j := range deliveries {
		owner, token := deliveries[j].Bound()
		own, ok := owner.(*block[T])
		if !ok {
			if err := deliveries[j].Ack(); err != nil {
				faults = append(faults, err)
			}
			continue
		}
		e := own.entry(token)
		if !e.claim(generation(token)) {
			faults = append(faults, pitboss.ErrEnded)
			continue
		}
		if own != b {
			b.announce(entries)
			b, entries = own, 0
		}
		if e.is(flagFlight) {
			b.queue.finishAcked(uint32(token), e)
			continue
		}
		b.empty(uint32(token), e)
		entries |= 1 << (token % chunkSize)
	}
	b.announce(entries)
	return errors.Join(faults...)
}

// finishAcked acknowledges a delivery that is listed.
func (q *Memory[T]) finishAcked(i uint32, e *entry) {
	q.lock()
	q.counters.acked++
	q.finishFlight(i, e)
	q.unlock()
}

// announce tells of acknowledged entries of b, a bit each.
func (b *block[T]) announce(entries uint64) {
	if entries == 0 {
		return
	}
	q := b.queue
	b.acked.Or(entries)
	if g, bit := b.group, uint64(1)<<(b.index%groupSize); g.blocks.Load()&bit == 0 {
		g.blocks.Or(bit)
	}
	if bit := uint64(1) << (b.index / groupSize % 64); q.acked.Load()&bit == 0 {
		q.acked.Or(bit)
	}
	if q.attention.Load() {
		q.lock()
		q.unlock()
	}
}

// reap frees what was acknowledged. It needs the lock.
func (q *Memory[T]) reap() {
	if q.acked.Load() != 0 {
		q.reapGroups()
	}
}

func (q *Memory[T]) reapGroups() {
	for groups := q.acked.Swap(0); groups != 0; groups &= groups - 1 {
		for g := bits.TrailingZeros64(groups); g < len(q.groups); g += 64 {
			if q.groups[g].blocks.Load() == 0 {
				continue
			}
			for blocks := q.groups[g].blocks.Swap(0); blocks != 0; blocks &= blocks - 1 {
				if b := q.blocks[g*groupSize+bits.TrailingZeros64(blocks)]; b != nil {
					q.reapBlock(b)
				}
			}
		}
	}
}

func (q *Memory[T]) reapBlock(b *block[T]) {
	entries := b.acked.Swap(0)
	if entries == 0 {
		return
	}
	n := bits.OnesCount64(entries)
	q.counters.acked += uint64(n)
	if !q.order.keyed && b.options == nil {
		q.inFlight -= n
		q.slab.releaseAll(b.index, entries)
		return
	}
	for ; entries != 0; entries &= entries - 1 {
		at := bits.TrailingZeros64(entries)
		q.finishFlight(b.index<<chunkBits|uint32(at), &b.entries[at])
	}
}
