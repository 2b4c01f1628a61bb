package handler

import (
	"context"
	"errors"
	"slices"

	"github.com/pitboss-dev/pitboss"
)

// Chain wraps h in middleware, the first outermost: Chain(h, a, b) runs a,
// which runs b, which runs h. A nil middleware is left out, so that one which
// depends on a setting needs no if.
func Chain[T any](h pitboss.Handler[T], middleware ...pitboss.Middleware[T]) pitboss.Handler[T] {
	for _, wrap := range slices.Backward(middleware) {
		if wrap != nil {
			h = wrap(h)
		}
	}
	return h
}

// Stack makes one middleware of several, the first outermost.
func Stack[T any](middleware ...pitboss.Middleware[T]) pitboss.Middleware[T] {
	return func(next pitboss.Handler[T]) pitboss.Handler[T] { return Chain(next, middleware...) }
}

// Sequence runs handlers one after the other and stops at the first error. A
// retry starts from the first again.
func Sequence[T any](handlers ...pitboss.Handler[T]) pitboss.Handler[T] {
	return func(ctx context.Context, d *pitboss.Delivery[T]) error {
		for _, h := range handlers {
			if err := h(ctx, d); err != nil {
				return err
			}
		}
		return nil
	}
}

// Each runs every handler, whatever the others return, and joins their errors.
// A retry runs all of them again.
func Each[T any](handlers ...pitboss.Handler[T]) pitboss.Handler[T] {
	return func(ctx context.Context, d *pitboss.Delivery[T]) error {
		var errs []error
		for _, h := range handlers {
			if err := h(ctx, d); err != nil {
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	}
}

// When runs h for the messages that holds says yes to, and counts the others
// as handled.
func When[T any](holds func(*pitboss.Delivery[T]) bool, h pitboss.Handler[T]) pitboss.Handler[T] {
	return func(ctx context.Context, d *pitboss.Delivery[T]) error {
		if !holds(d) {
			return nil
		}
		return h(ctx, d)
	}
}

// Nothing is a handler that does nothing and succeeds.
func Nothing[T any](context.Context, *pitboss.Delivery[T]) error { return nil }
