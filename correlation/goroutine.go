package correlation

import (
	"context"
	"sync"
)

// Go runs f in a goroutine of the group's, with a context that carries what ctx
// does but outlives its cancellation, for work that goes on after the request
// that asked for it. The group's owner waits for it.
func Go(ctx context.Context, group *sync.WaitGroup, f func(ctx context.Context)) {
	detached := Detach(ctx)
	group.Go(func() { f(detached) })
}
