package pitboss

import "context"

// Handler does the work of one message. A nil error means it is done; any
// other error means it is not, and the consumer decides whether to try again.
// Wrap an error that no retry can mend with [Permanent].
//
// The consumer ends the delivery. A handler may end it earlier itself; from
// then on its key goes on, and an error is only reported, because what becomes
// of the message is settled. It must not keep d after it returns.
type Handler[T any] func(ctx context.Context, d *Delivery[T]) error

// Middleware wraps a handler in another, to decide whether, how often, or in
// whose company it runs.
type Middleware[T any] func(next Handler[T]) Handler[T]
