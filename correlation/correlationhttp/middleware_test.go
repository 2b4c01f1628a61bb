package correlationhttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/correlation/correlationhttp"
)

// The ID of a caller's context reaches the server's context and comes back in
// the response; a malformed one is replaced.
func TestAcrossHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(correlationhttp.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, correlation.From(r.Context()))
	})))
	defer server.Close()
	client := &http.Client{Transport: correlationhttp.Transport(server.Client().Transport)}

	for _, c := range []struct{ sent, want string }{
		{"click-1", "click-1"},
		{"not well formed", ""},
		{"", ""},
	} {
		request, err := http.NewRequestWithContext(correlation.With(t.Context(), c.sent), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		got := response.Header.Get(correlation.Header)
		if got != string(body) || !correlation.WellFormed(got) {
			t.Errorf("sent %q: header %q, context %q", c.sent, got, body)
		}
		if c.want != "" && got != c.want {
			t.Errorf("sent %q, got %q", c.sent, got)
		}
	}
}

// The trace of a caller's context reaches the server's context; a malformed one
// does not, and one from further out stays.
func TestTraceAcrossHTTP(t *testing.T) {
	t.Parallel()
	const sent, outer = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-11111111111111111111111111111111-2222222222222222-01"
	for _, c := range []struct{ header, outer, want string }{
		{sent, "", sent},
		{"", "", ""},
		{"nonsense", "", ""},
		{sent, outer, outer},
	} {
		var got, pattern string
		mux := http.NewServeMux()
		mux.HandleFunc("GET /rooms/{room}", func(_ http.ResponseWriter, r *http.Request) { got = correlation.Trace(r.Context()) })
		inner := correlationhttp.Middleware(mux)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.WithContext(correlation.WithTrace(r.Context(), c.outer))
			inner.ServeHTTP(w, r)
			pattern = r.Pattern
		}))
		request, err := http.NewRequestWithContext(correlation.WithTrace(t.Context(), c.header), http.MethodGet, server.URL+"/rooms/r1", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if c.header == "nonsense" {
			request.Header.Set(correlation.TraceHeader, c.header)
		}
		response, err := (&http.Client{Transport: correlationhttp.Transport(server.Client().Transport)}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		server.Close()
		if got != c.want || pattern != "GET /rooms/{room}" {
			t.Errorf("%+v: got %q, pattern %q", c, got, pattern)
		}
		if request.Header.Get(correlation.Header) != "" || c.header != "nonsense" && request.Header.Get(correlation.TraceHeader) != "" {
			t.Error("the caller's request was changed")
		}
	}
}
