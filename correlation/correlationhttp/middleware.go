// Package correlationhttp carries correlation IDs over HTTP. It is apart from
// package correlation so that programs without HTTP do not link net/http.
package correlationhttp

import (
	"net/http"

	"github.com/pitboss-dev/pitboss/correlation"
)

// Middleware puts the request's correlation ID, or a fresh one if it sent none
// or a malformed one, into the request's context and the response's header. Its
// trace context goes into the context too, unless one is there already: that of
// whatever traces requests further out.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := correlation.Accept(r.Header.Get(correlation.Header))
		w.Header().Set(correlation.Header, id)
		ctx := correlation.With(r.Context(), id)
		if correlation.Trace(ctx) == "" {
			ctx = correlation.WithTrace(ctx, r.Header.Get(correlation.TraceHeader))
		}
		inner := r.WithContext(ctx)
		next.ServeHTTP(w, inner)
		r.Pattern = inner.Pattern // those further out may name the request by it
	})
}

// Transport sends what a request's context carries along, the correlation ID
// and the trace, where the request has no such headers of its own. A nil base
// means [http.DefaultTransport].
func Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return transport{base}
}

type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, sent := r.Context(), r
	for _, carried := range [...]struct{ header, value string }{
		{correlation.Header, correlation.From(ctx)},
		{correlation.TraceHeader, correlation.Trace(ctx)},
	} {
		if carried.value == "" || r.Header.Get(carried.header) != "" {
			continue
		}
		if sent == r { // a request that is sent belongs to its caller
			sent = r.Clone(ctx)
		}
		sent.Header.Set(carried.header, carried.value)
	}
	return t.base.RoundTrip(sent)
}
