package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss/console"
)

// requestAs asks for a page or for something of the API, and returns the answer.
func requestAs(t *testing.T, method, address string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// The console stands before a server that has a token, and passes on what its
// own pages ask for, and nothing else.
func TestConsoleBeforeAServer(t *testing.T) {
	t.Parallel()
	server := serveHere(t, "--tables", "1", "--admin-token", "s3cret")
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code := make(chan int, 1)
	log := new(synced)
	go func() {
		code <- run(ctx, []string{"console", "--target", server.url, "--listen", "127.0.0.1:0"}, in, log)
		_ = in.Close()
	}()
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		t.Fatalf("%v; %s", err, log)
	}
	base, _, _ := strings.Cut(strings.TrimPrefix(first, "listening on "), ",")

	const admin = "Bearer s3cret"
	for _, c := range []struct {
		method, path string
		headers      []string
		status       int
		text         string
	}{
		{"GET", "/", nil, 200, "<base href"},
		{"GET", "/dead-letters?queue=tasks", nil, 200, "<base href"},
		{"GET", "/play/r1", nil, 200, "<base href"},
		{"GET", "/nothing", nil, 404, ""},
		{"GET", "/api/v1/status", nil, 200, `"store":"memory"`},
		{"GET", "/metrics", nil, 200, "pitboss_"},
		{"GET", "/play", nil, 426, ""},
		{"POST", "/api/v1/system/gc", nil, 401, "admin_token"},
		{"POST", "/api/v1/system/gc", []string{"Authorization", admin, "Origin", base, "Sec-Fetch-Site", "same-origin"}, 200, ""},
		{"POST", "/api/v1/system/gc", []string{"Authorization", admin, "Origin", "https://evil.example"}, 403, "cross_origin"},
		{"POST", "/api/v1/system/gc", []string{"Authorization", admin, "Sec-Fetch-Site", "cross-site"}, 403, "cross_origin"},
		{"GET", "/api/v1/status", []string{"Host", "evil.example"}, 403, "loopback_only"},
	} {
		if response, text := requestAs(t, c.method, base+c.path, c.headers...); response.StatusCode != c.status || !strings.Contains(text, c.text) {
			t.Errorf("%s %s %v: %d %.200q, want %d and %q", c.method, c.path, c.headers, response.StatusCode, text, c.status, c.text)
		}
	}
	for origin, want := range map[string]bool{base: true, "https://evil.example": false} {
		ws, _, err := websocket.Dial(t.Context(), base+"/api/v1/events/stream?since=0", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if (err == nil) != want {
			t.Errorf("the stream, for a page of %s: %v", origin, err)
		}
		if err != nil {
			continue
		}
		if _, frame, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(frame), `"seq"`) {
			t.Errorf("frame %s %v", frame, err)
		}
		_ = ws.CloseNow()
	}
	server.stop()
	if c := server.wait(t); c != exitOK {
		t.Errorf("serve: exit %d", c)
	}
	if response, text := requestAs(t, "GET", base+"/api/v1/status"); response.StatusCode != http.StatusBadGateway || !strings.Contains(text, "does not answer") {
		t.Errorf("without a server: %d %s", response.StatusCode, text)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if c := <-code; c != exitOK {
		t.Errorf("console: exit %d; %s", c, log)
	}
}

func TestConsoleRefusesBadAddresses(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		nil, {"--target", "8080"}, {"--target", "ftp://x"}, {"--target", defaultURL, "--listen", "0.0.0.0:0"}, {"--target", defaultURL, "--listen", "x"},
	} {
		log := new(synced)
		if code := run(t.Context(), append([]string{"console"}, args...), io.Discard, log); code != exitUsage || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("%v: exit %d, %s", args, code, log)
		}
	}
}

// A server below a path of a proxy is asked there, and told of no cookies that
// other programs on this machine have left.
func TestConsoleBeforeAPrefix(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	far := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r }))
	defer far.Close()
	site, err := console.New()
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(far.URL + "/ops/pitboss")
	if err != nil {
		t.Fatal(err)
	}
	near := httptest.NewServer(consoleHandler(site, target))
	defer near.Close()
	requestAs(t, "GET", near.URL+"/api/v1/queues?limit=3", "Cookie", "a=b", "Authorization", "Bearer s3cret", "Origin", near.URL)
	r := <-asked
	if r.URL.String() != "/ops/pitboss/api/v1/queues?limit=3" || r.Host != target.Host {
		t.Errorf("asked for %s of %s", r.URL, r.Host)
	}
	if r.Header.Get("Cookie") != "" || r.Header.Get("Authorization") != "Bearer s3cret" || r.Header.Get("Origin") != far.URL {
		t.Errorf("with %v", r.Header)
	}
	http.DefaultClient.CloseIdleConnections()
}
