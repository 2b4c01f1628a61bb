package route

import (
	"github.com/pitboss-dev/pitboss"
)

// Condition decides whether a message takes a route. It is called for messages
// that do not, too, from several goroutines, and must not change them.
type Condition[T any] func(m *pitboss.Message[T]) bool

// ContentConfig describes a [Content]. Its zero value runs every route whose
// condition holds.
type ContentConfig struct {
	// Pick says whether all routes that match run, or the first. Zero: [All].
	Pick Pick
}

// Content routes by what messages say: their payload, headers, priority. The
// conditions are asked one after the other, so the cost grows with their
// number; behind a [Topics] or a [Direct] few are left to ask.
//
// All methods are safe for concurrent use. Route takes no lock. A condition
// that panics does so through Route; a consumer recovers it like a handler's.
type Content[T any] struct{ rules rules[Condition[T], T] }

var _ pitboss.Router[any] = (*Content[any])(nil)

// NewContent returns a router without routes.
func NewContent[T any](c ContentConfig) (*Content[T], error) {
	var faults pitboss.FieldErrors
	c.Pick.check(&faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	r := &Content[T]{}
	r.rules.pick = c.Pick
	return r, nil
}

// Handle adds a route.
func (r *Content[T]) Handle(holds Condition[T], h pitboss.Handler[T]) (Subscription, error) {
	var faults pitboss.FieldErrors
	if holds == nil {
		faults.Add("condition", nil, "a condition")
	}
	checkHandler(&faults, h)
	if err := faults.Err(); err != nil {
		return Subscription{}, err
	}
	return r.rules.add(holds, h), nil
}

// Route implements [pitboss.Router].
func (r *Content[T]) Route(m *pitboss.Message[T], into []pitboss.Handler[T]) []pitboss.Handler[T] {
	return r.rules.route(func(holds *Condition[T]) bool { return (*holds)(m) }, into)
}

// Header holds for messages whose header has that value.
func Header[T any](name, value string) Condition[T] {
	return func(m *pitboss.Message[T]) bool {
		got, there := m.Headers[name]
		return there && got == value
	}
}

// HasHeader holds for messages that have the header, even if it is empty.
func HasHeader[T any](name string) Condition[T] {
	return func(m *pitboss.Message[T]) bool {
		_, there := m.Headers[name]
		return there
	}
}

// AtLeast holds for messages of that priority or a more urgent one.
func AtLeast[T any](p pitboss.Priority) Condition[T] {
	return func(m *pitboss.Message[T]) bool { return m.Priority >= p }
}

// Not holds where c does not.
func Not[T any](c Condition[T]) Condition[T] {
	return func(m *pitboss.Message[T]) bool { return !c(m) }
}

// Every holds where all of them do; without any it always holds.
func Every[T any](conditions ...Condition[T]) Condition[T] {
	return func(m *pitboss.Message[T]) bool {
		for _, c := range conditions {
			if !c(m) {
				return false
			}
		}
		return true
	}
}

// Either holds where one of them does; without any it never holds.
func Either[T any](conditions ...Condition[T]) Condition[T] {
	return func(m *pitboss.Message[T]) bool {
		for _, c := range conditions {
			if c(m) {
				return true
			}
		}
		return false
	}
}
