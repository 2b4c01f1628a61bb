// Package correlation carries the ID that ties together everything one cause
// brought about: a request, a click, a timer. The ID is made at the edge where
// the cause enters, travels in the context and in message headers, and appears
// in every event, log line and response that follows from it.
//
// It carries W3C's trace context along in the same way, as text: nothing here
// knows what a span is.
//
// # Where to look
//
//   - net/http: package correlationhttp, beneath this one, takes the ID of a
//     request into its context and its response, and sends it along with requests
//     to others.
//   - log/slog: [LogHandler].
//   - Messages: set CorrelationID to [From] the context; consumers put it into
//     their handlers' contexts by themselves.
//   - Goroutines that outlive their request: [Go] and [Detach].
//   - An edge of your own: [Accept] what came in, then [With].
package correlation

import (
	"context"
	"crypto/rand"
)

// Header is the HTTP header, and the message header, that carries the ID.
const Header = "X-Correlation-ID"

// MaxLength is the longest ID that is accepted from outside, in bytes.
const MaxLength = 128

type key struct{}

// New returns a fresh ID: 26 characters with 128 random bits.
func New() string { return rand.Text() }

// WellFormed reports whether an ID from outside may be used as it is: 1 to
// [MaxLength] letters, digits and the characters - _ . : only, so that it is
// safe in logs, headers and addresses.
func WellFormed(id string) bool {
	if id == "" || len(id) > MaxLength {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '_', c == '.', c == ':':
		default:
			return false
		}
	}
	return true
}

// Accept returns id if it is well-formed, and a fresh one otherwise.
func Accept(id string) string {
	if WellFormed(id) {
		return id
	}
	return New()
}

// With returns a context that carries id. An empty id changes nothing, nor does
// the one that ctx carries.
func With(ctx context.Context, id string) context.Context {
	if id == "" || From(ctx) == id {
		return ctx
	}
	return context.WithValue(ctx, key{}, id)
}

// From returns the ID that ctx carries, or the empty string.
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Ensure returns ctx with an ID in it, and the ID: the one it carries, or a
// fresh one.
func Ensure(ctx context.Context) (context.Context, string) {
	if id := From(ctx); id != "" {
		return ctx, id
	}
	id := New()
	return With(ctx, id), id
}

// Detach returns a context that carries the ID and values of ctx but not its
// cancellation, for a goroutine that outlives the request that started it.
func Detach(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
