package server

import (
	"net/http"
	"sync"
)

// registry knows who is connected, by seat. The zero value needs its limit.
type registry struct {
	limit int

	mu       sync.Mutex
	reserved int // connections that are there or about to be
	running  sync.WaitGroup
	closed   *ending
	all      map[*connection]struct{} // those that are ending too
	tables   map[string]*table        // by room
}

// table is the connections to one room, and what they share.
type table struct {
	bySeat map[int]*connection
	frames eventFrames
}

// reserve makes room for one connection, or says why not.
func (g *registry) reserve() *problem {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed != nil:
		return &draining
	case g.reserved >= g.limit:
		return &problem{Status: http.StatusServiceUnavailable, Code: "too_many_connections", Detail: "too many players are connected; try again later"}
	}
	g.reserved++
	g.running.Add(1)
	return nil
}

func (g *registry) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reserved--
	g.running.Done()
}

// add makes c its seat's connection and returns the table's shared frames. Of
// two connections for one seat, the one that entered earlier ends.
func (g *registry) add(c *connection) *eventFrames {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == nil {
		g.all = make(map[*connection]struct{})
	}
	g.all[c] = struct{}{}
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
	if g.closed != nil {
		c.end(*g.closed)
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

// forget drops a connection that has ended.
func (g *registry) forget(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.all, c)
}

// closeAll ends every connection, and those that come later.
func (g *registry) closeAll(e ending) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = &e
	for c := range g.all {
		c.end(e)
	}
}

// cutAll drops every connection without a word.
func (g *registry) cutAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.all {
		go func() { _ = c.ws.CloseNow() }() // it is gone either way; serve waits for it
	}
}

func (g *registry) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.all)
}
