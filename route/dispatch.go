package route

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pitboss-dev/pitboss"
)

// Errors says what happens to the handlers after one that failed.
type Errors uint8

const (
	// Stop skips them.
	Stop Errors = iota
	// Continue runs them all the same and joins the errors.
	Continue
)

// String returns stop or continue.
func (e Errors) String() string {
	switch e {
	case Stop:
		return "stop"
	case Continue:
		return "continue"
	}
	return fmt.Sprintf("errors(%d)", uint8(e))
}

// DispatchConfig says how routed messages are handled. Its zero value refuses
// what nobody handles and stops at the first error.
type DispatchConfig[T any] struct {
	// Default handles messages for which the router has no handler. Nil: they fail
	// with an [UnroutableError].
	Default pitboss.Handler[T]
	// Errors is what happens after a handler that failed. Zero: [Stop].
	Errors Errors
}

// Dispatch turns a router into a handler, which runs all handlers of a message,
// one after the other. If one of them fails the message has failed, and a retry
// runs all of them again.
//
// What nobody handles fails with an [UnroutableError]. A consumer does not try
// such a message again and writes its dead letter as no_handler.
//
// Dispatch fails with a [pitboss.FieldError] on a bad configuration.
func Dispatch[T any](r pitboss.Router[T], c DispatchConfig[T]) (pitboss.Handler[T], error) {
	var faults pitboss.FieldErrors
	if r == nil {
		faults.Add("router", r, "a router")
	}
	if c.Errors > Continue {
		faults.Add("errors", c.Errors, "stop or continue")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	d := &dispatcher[T]{router: r, config: c}
	d.lists.New = func() any { return new([]pitboss.Handler[T]) }
	return d.handle, nil
}

type dispatcher[T any] struct {
	router pitboss.Router[T]
	config DispatchConfig[T]
	lists  sync.Pool // of *[]Handler, so that routing allocates nothing
}

func (r *dispatcher[T]) handle(ctx context.Context, d *pitboss.Delivery[T]) error {
	list, _ := r.lists.Get().(*[]pitboss.Handler[T])
	*list = r.router.Route(&d.Message, (*list)[:0])
	defer func() {
		clear(*list) // what was unsubscribed must not live on here
		r.lists.Put(list)
	}()
	if len(*list) == 0 {
		if r.config.Default != nil {
			return r.config.Default(ctx, d)
		}
		return &UnroutableError{Topic: d.Topic}
	}
	var errs []error
	for _, h := range *list {
		err := h(ctx, d)
		if err != nil && r.config.Errors == Stop {
			return err
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// UnroutableError says that a router had no handler for a message. It matches
// [pitboss.ErrNoHandler].
type UnroutableError struct {
	// Topic is the message's.
	Topic string
}

// Error names the topic.
func (e *UnroutableError) Error() string {
	return fmt.Sprintf("%v for topic %q; add a route or a default", pitboss.ErrNoHandler, e.Topic)
}

// Unwrap makes every UnroutableError match [pitboss.ErrNoHandler].
func (e *UnroutableError) Unwrap() error { return pitboss.ErrNoHandler }
