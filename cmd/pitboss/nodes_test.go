package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// cluster runs three NATS servers with JetStream, and returns their addresses.
func cluster(t *testing.T) string {
	t.Helper()
	const nodes = 3
	routes := freeRoutes(t, nodes)
	servers := make([]*server.Server, nodes)
	for i := range servers {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("nats-%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: filepath.Join(t.TempDir(), "nats"),
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: portOf(t, routes[i])},
			Routes:  routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers[i] = s
	}
	var addresses []string
	for _, s := range servers {
		if !s.ReadyForConnections(limit) {
			t.Fatal("not ready")
		}
		addresses = append(addresses, s.Addr().String())
	}
	formed := func(s *server.Server) bool { return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == nodes }
	for !slices.ContainsFunc(servers, formed) {
		select { // the cluster tells nobody
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return "nats://" + strings.Join(addresses, ",")
}

// freeRoutes are addresses that the servers can know of each other before they
// run. A cluster needs that.
func freeRoutes(t *testing.T, n int) []*url.URL {
	t.Helper()
	routes := make([]*url.URL, n)
	listeners := make([]net.Listener, n) // all open at once, so that they differ
	for i := range routes {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners[i] = l
		routes[i] = &url.URL{Scheme: "nats-route", Host: l.Addr().String()}
	}
	for _, l := range listeners {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return routes
}

func portOf(t *testing.T, u *url.URL) int {
	t.Helper()
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// nodes are processes on one store.
type nodes struct {
	t      *testing.T
	binary string
	args   []string
	procs  []*exec.Cmd

	mu   sync.Mutex
	urls []string
}

func startNodes(t *testing.T, n int, args ...string) *nodes {
	t.Helper()
	ns := &nodes{t: t, binary: built(t), args: args, procs: make([]*exec.Cmd, n), urls: make([]string, n)}
	for i := range ns.procs {
		ns.start(i)
	}
	t.Cleanup(func() {
		for _, p := range ns.procs {
			kill(t, p)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return ns
}

func (ns *nodes) start(i int) {
	ns.t.Helper()
	process, started := startedFor(ns.t, survivalLimit, ns.binary, ns.args...)
	ns.mu.Lock()
	defer ns.mu.Unlock()
	ns.procs[i], ns.urls[i] = process, started
}

// url is a node's, chosen by i. It changes with every start.
func (ns *nodes) url(i int) string {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	return ns.urls[i%len(ns.urls)]
}

// comeBack connects to the nodes in turn until one has the room.
func (p *person) comeBack(urls ...string) {
	p.t.Helper()
	if p.ws != nil {
		_ = p.ws.CloseNow()
	}
	p.turns = nil
	for i := 0; ; i++ {
		p.url = urls[i%len(urls)]
		if p.dial() == nil {
			return
		}
		select { // as clients do
		case <-p.ctx.Done():
			p.t.Fatal(p.ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// A person plays on while one node after the other is killed and started again:
// the one that has the room, or the one that the person came through.
func TestPersonPlaysThroughLostNodes(t *testing.T) {
	t.Parallel()
	ns := startNodes(t, 3, "--store", cluster(t), "--pace", "0")
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
	defer cancel()
	p := &person{t: t, url: ns.urls[1], ctx: ctx, room: createRoom(t, ns.urls[2], `{"game":"liaptui","bots":3,"strength":"easy","seed":11}`)}
	p.connect()
	p.expect("ready", "go", `{"id":"go","type":"ready"}`, "ack", "")
	killed := 0
	p.playThrough(6, func() {
		i := killed % len(ns.procs)
		killed++
		defer func(begin time.Time) { t.Logf("back after %v", time.Since(begin)) }(time.Now())
		kill(t, ns.procs[i])
		defer ns.start(i)
		p.comeBack(ns.urls[(i+1)%3], ns.urls[(i+2)%3])
	})
	if killed < 3 {
		t.Errorf("only %d nodes were killed", killed)
	}
	_ = p.ws.CloseNow()
}

// A process that was stopped for longer than its lease finds another one in its
// place: it can do nothing to the rooms, and ends.
func TestStoppedNodeHasLostItsRooms(t *testing.T) {
	t.Parallel()
	ns := startNodes(t, 2, "--store", cluster(t), "--pace", "0")
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
	defer cancel()
	p := &person{t: t, url: ns.urls[0], ctx: ctx, room: createRoom(t, ns.urls[0], `{"game":"liaptui","bots":3,"strength":"easy","seed":11}`)}
	p.connect()
	p.expect("ready", "go", `{"id":"go","type":"ready"}`, "ack", "")
	stopped := ns.procs[0]
	if err := stopped.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.comeBack(ns.urls[1])
	if err := stopped.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	p.playThrough(0, nil)
	if code := exitOf(t, stopped); code != exitFailure {
		t.Errorf("exit %d, want %d", code, exitFailure)
	}
	ns.start(0)
}
