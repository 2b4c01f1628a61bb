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
