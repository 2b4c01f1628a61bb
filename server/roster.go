package server

import (
	"net/http"
	"sync"
)

// roster is everybody who is connected through one door. The zero value needs
// its limit.
type roster[C connected] struct {
	limit int
	who   string // may be too many

	mu       sync.Mutex
	reserved int // connections that are there or about to be
	running  sync.WaitGroup
	closed   *ending
	all      map[C]struct{} // those that are ending too
}

type connected interface {
	comparable
	end(e ending)
	cut() // drops the connection without a word
}

// reserve makes room for one connection, or says why not.
func (r *roster[C]) reserve() *problem {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed != nil:
		return &draining
	case r.reserved >= r.limit:
		return &problem{Status: http.StatusServiceUnavailable, Code: "too_many_connections", Detail: "too many " + r.who + " are connected; try again later"}
	}
	r.reserved++
	r.running.Add(1)
	return nil
}

func (r *roster[C]) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reserved--
	r.running.Done()
}

// enter adds a connection. If the door has closed since, the connection ends.
func (r *roster[C]) enter(c C) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = make(map[C]struct{})
	}
	r.all[c] = struct{}{}
	if r.closed != nil {
		c.end(*r.closed)
	}
}

// forget drops a connection that has ended.
func (r *roster[C]) forget(c C) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, c)
}

// closeAll ends every connection, and those that come later.
func (r *roster[C]) closeAll(e ending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = &e
	for c := range r.all {
		c.end(e)
	}
}

// cutAll drops every connection without a word.
func (r *roster[C]) cutAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.all {
		go c.cut() // whoever serves it waits for it
	}
}

func (r *roster[C]) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all)
}
