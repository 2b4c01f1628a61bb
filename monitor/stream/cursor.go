package stream

// Missed is a run of events that went by before they were read. At most Count of
// them would have matched.
type Missed struct {
	Count uint64 `json:"count"`
	From  uint64 `json:"from"` // the first sequence number
	To    uint64 `json:"to"`   // the last
}

// Batch is what a subscriber gets at a time, in order: first what it missed, then
// what it did not. It is good until the next one.
type Batch struct {
	Missed  Missed
	Entries []*Entry
}

// What bounds the entries of a batch: subscribers have memory of their own for
// it, followers share the goroutine's.
const (
	batchSize       = 64
	sharedBatchSize = 256
)

// cursor is a place in the log, for one goroutine at a time.
type cursor struct {
	log     *log
	matcher matcher
	seq     uint64 // of the last event that was looked at

	// What was found while it waited: nothing matches between these two.
	upTo, covered uint64
}

// read fills b with what matches after the cursor and moves it on. It
// returns false if there was nothing.
func (c *cursor) read(b *Batch, most int) bool {
	b.Missed, b.Entries = Missed{}, b.Entries[:0]
	last := c.log.last.Load()
	c.skip()
	if first := c.log.first(); c.seq+1 < first {
		b.Missed = Missed{Count: first - 1 - c.seq, From: c.seq + 1, To: first - 1}
		c.seq = first - 1
	}
	for ; c.seq < last && len(b.Entries) < most; c.skip() {
		next := c.seq + 1
		ch := c.log.chunkOf(next)
		if ch == nil {
			// It went just now: the next read tells. What was read is good.
			return true
		}
		end := min(last, next|(chunkSize-1))
		if next <= c.upTo {
			end = min(end, c.upTo)
		}
		for ; next <= end && len(b.Entries) < most; next++ {
			if e := &ch.entries[next%chunkSize]; c.matcher.match(e, ch.kinds[next%chunkSize]) {
				b.Entries = append(b.Entries, e)
			}
			c.seq = next
		}
	}
	return len(b.Entries) > 0 || b.Missed.Count > 0
}

// skip leaves out what is known not to match.
func (c *cursor) skip() {
	if c.seq >= c.upTo && c.seq < c.covered {
		c.seq = c.covered
	}
}

// behind reports whether there is more to look at.
func (c *cursor) behind() bool { return c.seq < c.log.last.Load() }
