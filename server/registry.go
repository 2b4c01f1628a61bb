package server

// registry knows which players are connected, also by seat.
type registry struct {
	roster[*connection]
	tables map[string]*table // by room; under the roster's lock
}

// table is the connections to one room, and what they share.
type table struct {
	bySeat map[int]*connection
	frames eventFrames
}

// add makes c its seat's connection and returns the table's shared frames. Of
// two connections for one seat, the one that entered earlier ends.
func (g *registry) add(c *connection) *eventFrames {
	g.enter(c)
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.tables[c.place.Room]
	if t == nil {
		if g.tables == nil {
			g.tables = make(map[string]*table)
		}
		t = &table{bySeat: make(map[int]*connection)}
		g.tables[c.place.Room] = t
	}
	replaced := ending{code: closeReplaced, reason: reasonReplaced, text: "a newer connection took the seat"}
	switch other := t.bySeat[c.place.Seat]; {
	case other == nil:
		t.bySeat[c.place.Seat] = c
	case other.place.Seq > c.place.Seq:
		c.end(replaced)
	default:
		t.bySeat[c.place.Seat] = c
		other.end(replaced)
	}
	return &t.frames
}

// remove frees the seat of a connection that is ending.
func (g *registry) remove(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.tables[c.place.Room]
	if t == nil || t.bySeat[c.place.Seat] != c {
		return
	}
	delete(t.bySeat, c.place.Seat)
	if len(t.bySeat) == 0 {
		delete(g.tables, c.place.Room)
	}
}
