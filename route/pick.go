package route

import (
	"fmt"

	"github.com/pitboss-dev/pitboss"
)

// Pick says how many of the routes that match are taken.
type Pick uint8

const (
	// All takes every route that matches, in the order in which they were added.
	All Pick = iota
	// First takes the one that was added first.
	First
)

// String returns all or first.
func (p Pick) String() string {
	switch p {
	case All:
		return "all"
	case First:
		return "first"
	}
	return fmt.Sprintf("pick(%d)", uint8(p))
}

func (p Pick) check(faults *pitboss.FieldErrors) {
	if p > First {
		faults.Add("pick", p, "all or first")
	}
}

// By returns what a message is routed by.
type By[T any] func(m *pitboss.Message[T]) string

// ByTopic routes by the topic. It is the default.
func ByTopic[T any](m *pitboss.Message[T]) string { return m.Topic }

// ByKey routes by the key.
func ByKey[T any](m *pitboss.Message[T]) string { return m.Key }

// ByHeader routes by a header; a message without it has the empty value.
func ByHeader[T any](name string) By[T] {
	return func(m *pitboss.Message[T]) string { return m.Headers[name] }
}

func (by By[T]) orTopic() By[T] {
	if by == nil {
		return ByTopic[T]
	}
	return by
}

func checkHandler[T any](faults *pitboss.FieldErrors, h pitboss.Handler[T]) {
	if h == nil {
		faults.Add("handler", nil, "a handler")
	}
}
