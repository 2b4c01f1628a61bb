// Package correlationhttp carries correlation IDs over HTTP. It is apart from
// package correlation so that programs without HTTP do not link net/http.
package correlationhttp

import (
	"net/http"

	"github.com/pitboss-dev/pitboss/correlation"
)

// Middleware puts the request's correlation ID, or a fresh one if it sent none
// or a malformed one, into the request's context and the response's header.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := correlation.Accept(r.Header.Get(correlation.Header))
		w.Header().Set(correlation.Header, id)
		next.ServeHTTP(w, r.WithContext(correlation.With(r.Context(), id)))
	})
}

// Transport sends the correlation ID of a request's context along. A nil base
// means [http.DefaultTransport].
func Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return transport{base}
}

type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	id := correlation.From(r.Context())
	if id == "" || r.Header.Get(correlation.Header) != "" {
		return t.base.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Header.Set(correlation.Header, id)
	return t.base.RoundTrip(r)
}
