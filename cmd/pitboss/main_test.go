package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder) // of the binary that tests started, if any did
		os.Exit(code)
	}))
}

// limit is how long a test waits for what must come. A busy machine is slow.
const limit = 3 * time.Minute

// poll asks again and again until it is done; if that takes too long, otherwise
// says what is wrong.
func poll(t *testing.T, done func() bool, otherwise func() string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(limit); !done(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(otherwise())
		}
	}
}

// running is a serve in this process.
type running struct {
	url    string
	stop   context.CancelFunc
	log    *synced
	code   chan int
	stdout chan string // all of it, once it has ended
}

// serveHere runs serve and waits until it listens.
func serveHere(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{stop: stop, log: new(synced), code: make(chan int, 1), stdout: make(chan string, 1)}
	out, in := io.Pipe()
	go func() {
		r.code <- run(ctx, append([]string{"serve", "--store", "memory", "--listen", "127.0.0.1:0"}, args...), in, r.log)
		_ = in.Close()
	}()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		stop()
		t.Fatalf("not listening: %v; %s", err, r.log)
	}
	r.url = strings.TrimSpace(strings.TrimPrefix(first, "listening on "))
	go func() {
		rest, _ := io.ReadAll(lines)
		r.stdout <- first + string(rest)
	}()
	t.Cleanup(func() {
		stop()
		http.DefaultClient.CloseIdleConnections()
	})
	return r
}

// wait waits until serve has ended by itself or was told to, and returns its
// status.
func (r *running) wait(t *testing.T) int {
	t.Helper()
	select {
	case code := <-r.code:
		return code
	case <-time.After(limit):
		t.Fatalf("serve did not end; %s", r.log)
		return 0
	}
}

// synced is a buffer for a log.
type synced struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *synced) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *synced) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
