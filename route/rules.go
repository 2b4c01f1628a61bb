package route

import (
	"sync"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss"
)

// rules is an ordered list of conditions, asked one after the other. Readers
// load a snapshot and take no lock.
type rules[C any, T any] struct {
	list atomic.Pointer[list[rule[C, T]]]
	pick Pick

	mu     sync.Mutex // the writers'
	lastID uint64
}

type rule[C any, T any] struct {
	condition C
	handler   pitboss.Handler[T]
}

func (r *rules[C, T]) add(condition C, h pitboss.Handler[T]) Subscription {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastID++
	id := r.lastID
	r.list.Store(r.list.Load().with(id, rule[C, T]{condition, h}))
	return Subscription{end: func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if left, found := r.list.Load().without(id); found {
			r.list.Store(left)
		}
	}}
}

// route appends the handlers of the rules that hold.
func (r *rules[C, T]) route(holds func(*C) bool, into []pitboss.Handler[T]) []pitboss.Handler[T] {
	all := r.list.Load().all()
	for i := range all {
		if !holds(&all[i].condition) {
			continue
		}
		into = append(into, all[i].handler)
		if r.pick == First {
			break
		}
	}
	return into
}
