package natsqueue

import (
	"context"
	"sync"
)

// attempts are the requests that wait for an answer. None comes any more once
// the connection is lost, so they end then, and are made again on the next one.
type attempts struct {
	mu      sync.Mutex
	waiting map[*context.CancelFunc]struct{}
}

// begin returns the context of a request, which ends with the connection or
// after publishTimeout. Call done when it is over.
func (a *attempts) begin(ctx context.Context) (once context.Context, done func()) {
	once, cancel := context.WithTimeout(ctx, publishTimeout)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = make(map[*context.CancelFunc]struct{})
	}
	a.waiting[&cancel] = struct{}{}
	return once, func() {
		cancel()
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.waiting, &cancel)
	}
}

// fail ends them all.
func (a *attempts) fail() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for cancel := range a.waiting {
		(*cancel)()
	}
}
