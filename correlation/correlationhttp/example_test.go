package correlationhttp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/correlation/correlationhttp"
)

// The ID of whoever asks is in the handler's context and in the response; one
// that is malformed, or none, is replaced by a fresh one.
func ExampleMiddleware() {
	greet := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello, ", correlation.From(r.Context()))
	})
	handler := correlationhttp.Middleware(greet)

	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set(correlation.Header, "click-17")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Body, w.Header().Get(correlation.Header))

	r.Header.Set(correlation.Header, "not well formed")
	w = httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(len(w.Header().Get(correlation.Header)))
	// Output:
	// hello, click-17 click-17
	// 26
}

// A client sends on what its context carries, so that a cause keeps its name
// from one service to the next.
func ExampleTransport() {
	server := httptest.NewServer(correlationhttp.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, correlation.From(r.Context()))
	})))
	defer server.Close()
	client := &http.Client{Transport: correlationhttp.Transport(server.Client().Transport)}

	ctx := correlation.With(context.Background(), "click-17")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		panic(err)
	}
	response, err := client.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	fmt.Println(response.Header.Get(correlation.Header))
	// Output: click-17
}
