package queue

import "time"

// dedupe remembers the IDs of the last window, at most limit of them. IDs leave
// in the order in which they came, so one ring and one map do.
type dedupe struct {
	window int64
	limit  int
	index  map[string]uint64 // ID → sequence
	ring   []sighting
	first  int
	count  int
}

type sighting struct {
	id string
	at int64
}

func newDedupe(window time.Duration, limit int) *dedupe {
	if limit == 0 {
		limit = defaultDedupeLimit
	}
	return &dedupe{window: int64(window), limit: limit, index: make(map[string]uint64)}
}

// find returns the sequence of the message that bore the ID within the window.
func (d *dedupe) find(id string, now int64) (uint64, bool) {
	for d.count > 0 && now-d.ring[d.first].at >= d.window {
		d.forget()
	}
	sequence, ok := d.index[id]
	return sequence, ok
}

// add remembers an ID that find did not know.
func (d *dedupe) add(id string, sequence uint64, now int64) {
	if d.count == d.limit {
		d.forget()
	}
	if d.count == len(d.ring) {
		d.resize(min(max(2*d.count, 64), d.limit))
	}
	d.ring[(d.first+d.count)%len(d.ring)] = sighting{id, now}
	d.count++
	d.index[id] = sequence
}

func (d *dedupe) forget() {
	s := &d.ring[d.first]
	delete(d.index, s.id)
	*s = sighting{}
	d.first = (d.first + 1) % len(d.ring)
	d.count--
	if d.count == 0 && len(d.ring) > 1024 {
		// A map never shrinks; after a burst both start anew.
		d.ring, d.first, d.index = nil, 0, make(map[string]uint64)
	}
}

func (d *dedupe) resize(n int) {
	ring := make([]sighting, n)
	for i := range d.count {
		ring[i] = d.ring[(d.first+i)%len(d.ring)]
	}
	d.ring, d.first = ring, 0
}
