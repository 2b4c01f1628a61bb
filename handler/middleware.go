package handler

import (
	"context"

	"github.com/pitboss-dev/pitboss"
)

// Recover turns a panic of next into a [PanicError]. A [Consumer] does so
// itself; the middleware serves those around it that act on errors, and
// handlers that run without a consumer.
func Recover[T any](next pitboss.Handler[T]) pitboss.Handler[T] {
	return func(ctx context.Context, d *pitboss.Delivery[T]) error { return call(ctx, next, d) }
}

// Filter lets through the messages that keep says yes to, and counts the
// others as handled.
func Filter[T any](keep func(*pitboss.Delivery[T]) bool) pitboss.Middleware[T] {
	return func(next pitboss.Handler[T]) pitboss.Handler[T] { return When(keep, next) }
}

// Only applies a middleware to the messages that holds says yes to; the others
// go past it.
func Only[T any](holds func(*pitboss.Delivery[T]) bool, middleware pitboss.Middleware[T]) pitboss.Middleware[T] {
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		wrapped := middleware(next)
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			if holds(d) {
				return wrapped(ctx, d)
			}
			return next(ctx, d)
		}
	}
}

// ErrorHook tells hook of every error that next returns and passes on what
// hook returns: the same error, another one, or nil to count the message as
// handled.
func ErrorHook[T any](hook func(ctx context.Context, d *pitboss.Delivery[T], err error) error) pitboss.Middleware[T] {
	return func(next pitboss.Handler[T]) pitboss.Handler[T] {
		return func(ctx context.Context, d *pitboss.Delivery[T]) error {
			if err := next(ctx, d); err != nil {
				return hook(ctx, d, err)
			}
			return nil
		}
	}
}
