package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
)

// streamServer is a server with a stream that the test feeds. Its connections
// can be cut.
type streamServer struct {
	*stream.Stream
	url string
	web *httptest.Server
}

func newStreamServer(t *testing.T) *streamServer {
	t.Helper()
	host, err := room.NewHost(room.Config{Games: []room.Rules{liaptui.New(liaptui.Config{})}})
	if err != nil {
		t.Fatal(err)
	}
	events, err := stream.New(stream.Config{History: 100})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Host: host, Stream: events})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- events.Run(ctx) }()
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		drained, done := context.WithTimeout(context.Background(), limit)
		defer done()
		if err := s.Drain(drained); err != nil {
			t.Error(err)
		}
		web.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &streamServer{events, web.URL, web}
}

func (s *streamServer) publish(n int, e event.Event) {
	for range n {
		e.Time = time.Now() // the stream keeps what is young
		s.Publish([]event.Event{e})
	}
}

// tailing runs tail in the background; what it prints comes line by line.
func tailing(t *testing.T, args ...string) (lines <-chan string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	code, printed := make(chan int, 1), make(chan string, 1000)
	stderr := new(synced)
	go func() {
		code <- run(ctx, append([]string{"tail"}, args...), in, stderr)
		_ = in.Close()
	}()
	go func() {
		defer close(printed)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			printed <- scanner.Text()
		}
	}()
	ended := false
	stop = func() int {
		cancel()
		ended = true
		select {
		case c := <-code:
			return c
		case <-time.After(limit):
			t.Fatalf("tail did not end; %s", stderr)
			return -1
		}
	}
	t.Cleanup(func() {
		if !ended {
			stop()
		}
	})
	return printed, stop
}

func nextLine(t *testing.T, lines <-chan string) string {
	t.Helper()
	select {
	case line, ok := <-lines:
		if !ok {
			t.Fatal("tail has ended")
		}
		return line
	case <-time.After(limit):
		t.Fatal("tail printed nothing")
	}
	return ""
}

func TestTail(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t)
	s.publish(2, event.Event{Type: event.RoomCreated, Room: "r", CorrelationID: "c1", Data: event.Opening{Game: "liaptui", Seats: 4}})
	s.publish(1, event.Event{Type: event.ErrorOccurred, Room: "r", Player: "ann", Data: event.Fault{Error: "late", Message: "a b\u009b31m"}})
	for _, c := range []struct {
		args   string
		status int
		lines  int
		out    string // is part of standard output, or of standard error on a fault
	}{
		{"--since 0 --count 3", exitOK, 3, " room.created          r                    game=liaptui seats=4 bots=0 [c1]"},
		{"--since 0 --count 1 --type error.occurred", exitOK, 1, `error.occurred        r/ann                error=late state="" message="a b�31m"`},
		{"--since 0 --count 1 --severity warning --json", exitOK, 1, `"seq":3`},
		{"--since 1 --count 1 --room r --type room.*,game.*", exitOK, 1, "      2 "},
		{"--since 0 --count 1 --correlation c1 --json", exitOK, 1, `"correlation_id":"c1"`},
		{"--type gmae.*", exitUsage, 1, "type"},
		{"--severity loud", exitUsage, 1, "severity"},
		{"--since x", exitUsage, 1, "since"},
		{"--correlation ä", exitUsage, 1, "correlation"},
		{"extra", exitUsage, 1, "extra"},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"tail", "--url", s.url}, strings.Fields(c.args)...)
		status := run(t.Context(), args, &stdout, &stderr)
		out := &stdout
		if c.status != exitOK {
			out = &stderr
		}
		if status != c.status || !strings.Contains(out.String(), c.out) || strings.Count(out.String(), "\n") != c.lines {
			t.Errorf("tail %s: status %d, want %d with %q; printed:\n%s%s", c.args, status, c.status, c.out, &stdout, &stderr)
		}
		if strings.Contains(c.args, "--json") && !json.Valid(stdout.Bytes()) {
			t.Errorf("tail %s printed no JSON: %s", c.args, &stdout)
		}
		if strings.Contains(stdout.String(), "\x1b") {
			t.Errorf("tail %s: colours where there is no terminal: %q", c.args, &stdout)
		}
	}
}

func TestTailWithoutServer(t *testing.T) {
	t.Parallel()
	for url, status := range map[string]int{"http://127.0.0.1:1": exitFailure, "ftp://x": exitUsage, "here": exitUsage} {
		var stdout, stderr bytes.Buffer
		if got := run(t.Context(), []string{"tail", "--url", url}, &stdout, &stderr); got != status || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: status %d, want %d: %s", url, got, status, &stderr)
		}
	}
}

// Whatever happens to its connections, tail prints every event once; or says
// which it could not have.
func TestTailComesBack(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t)
	proxy := newProxy(t, s.web.Listener.Addr().String())
	lines, stop := tailing(t, "--url", "http://"+proxy.address(), "--json", "--since", "0")
	want := 1
	for range 3 {
		s.publish(5, event.Event{Type: event.TurnStarted, Room: "r"})
		for range 5 {
			var e event.Event
			if line := nextLine(t, lines); json.Unmarshal([]byte(line), &e) != nil || e.Seq != uint64(want) {
				t.Fatalf("%s, want event %d", line, want)
			}
			want++
		}
		proxy.cut()
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}

	s.publish(200, event.Event{Type: event.TurnStarted})
	gone, _ := tailing(t, "--url", s.url, "--since", "3")
	for line := nextLine(t, gone); !strings.HasPrefix(line, "-- missed "); {
		line = nextLine(t, gone)
	}
}

// proxy passes connections on until they are cut.
type proxy struct {
	listener net.Listener
	cuts     chan struct{}
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l, make(chan struct{}, 1)}
	conns := make(chan net.Conn, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var open []net.Conn
		cut := func() {
			for _, c := range open {
				_ = c.Close()
			}
			open = nil
		}
		defer cut()
		for {
			select {
			case c, ok := <-conns:
				if !ok {
					return
				}
				open = append(open, c)
			case <-p.cuts:
				cut()
			}
		}
	}()
	go func() {
		defer close(conns)
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			conns <- in
			conns <- out
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }
func (p *proxy) cut()            { p.cuts <- struct{}{} }

// One click on "ready" starts a game of bots: its correlation ID finds the
// command's events, the bots' tasks and the moves that they made.
func TestTailShowsWhatOneClickCaused(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--pace", "0", "--seed", "7")
	id := createRoom(t, r.url, `{"game":"liaptui","bots":3,"seed":1}`) // a bot begins
	lines, stop := tailing(t, "--url", r.url, "--json", "--correlation", "click-1")
	// The listener must be there before the click, for what is not kept.
	await(t, r.url+"/api/v1/status", `"listeners":1`)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	p := &person{t: t, url: r.url, room: id, ctx: ctx}
	p.connect()
	if f := p.answer("c1", `{"id":"c1","type":"ready","correlation_id":"click-1"}`); f.Type != "ack" {
		t.Fatalf("%+v", f)
	}
	missing := []string{
		"player.ready", "game.started", "state.changed", "task.submitted", "task.completed", "player.action bot", "broadcast.sent",
	}
	for len(missing) > 0 {
		var e struct {
			Type          string
			Room          string
			CorrelationID string `json:"correlation_id"`
			Data          struct {
				PlayerType string `json:"player_type"`
			}
		}
		line := nextLine(t, lines)
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.CorrelationID != "click-1" || e.Room != id {
			t.Errorf("%s, %v", line, err)
		}
		what := e.Type
		if e.Type == "player.action" {
			what += " " + e.Data.PlayerType
		}
		missing = slices.DeleteFunc(missing, func(m string) bool { return m == what })
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	_ = p.ws.CloseNow()
	r.stop()
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
}
