package route

import (
	"sync"

	"github.com/pitboss-dev/pitboss"
)

// DirectConfig describes a [Direct]. Its zero value routes by topic.
type DirectConfig[T any] struct {
	// By is what messages are routed by. Nil: [ByTopic].
	By By[T]
}

// Direct routes by name, with exactly one handler for each. A look-up costs the
// same however many names there are. Names may be any strings.
//
// All methods are safe for concurrent use. Route shares a lock with changes for
// the time of a map look-up.
type Direct[T any] struct {
	by     By[T]
	mu     sync.RWMutex
	routes map[string]pitboss.Handler[T]
}

var _ pitboss.Router[any] = (*Direct[any])(nil)

// NewDirect returns a router without routes.
func NewDirect[T any](c DirectConfig[T]) *Direct[T] {
	return &Direct[T]{by: c.By.orTopic(), routes: map[string]pitboss.Handler[T]{}}
}

// Handle adds a route. It fails with a [pitboss.FieldError] if the name has a
// handler.
func (r *Direct[T]) Handle(name string, h pitboss.Handler[T]) (Subscription, error) {
	var faults pitboss.FieldErrors
	checkHandler(&faults, h)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.routes[name]; taken {
		faults.Add("name", name, "a name without a handler")
	}
	if err := faults.Err(); err != nil {
		return Subscription{}, err
	}
	r.routes[name] = h
	// Once, or a second end would take away the route that came after.
	return Subscription{end: sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.routes, name)
	})}, nil
}

// Route implements [pitboss.Router].
func (r *Direct[T]) Route(m *pitboss.Message[T], into []pitboss.Handler[T]) []pitboss.Handler[T] {
	name := r.by(m)
	r.mu.RLock()
	h, found := r.routes[name]
	r.mu.RUnlock()
	if found {
		into = append(into, h)
	}
	return into
}
