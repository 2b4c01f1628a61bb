package main

import (
	"context"
	"encoding/json"
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

	"github.com/coder/websocket"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/pitboss-dev/pitboss/shares"
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
			Cluster: server.ClusterOpts{Name: "test", Host: routes[i].Hostname(), Port: portOf(t, routes[i])},
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
	routes, host := make([]*url.URL, n), loopback()
	listeners := make([]net.Listener, n) // all open at once, so that they differ
	for i := range routes {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", host+":0")
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
		for _, p := range ns.procs { // one may have ended by itself
			_ = p.Process.Kill()
			_ = p.Wait()
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return ns
}

// threeNodes are three nodes on a cluster, between which the rooms are divided,
// and the time that the trial has.
func threeNodes(t *testing.T) (*nodes, context.Context) {
	t.Helper()
	ns := startNodes(t, 3, "--store", cluster(t), "--pace", "0")
	ctx, cancel := context.WithTimeout(t.Context(), 3*limit)
	t.Cleanup(cancel)
	ns.settle(3, ns.urls...)
	return ns, ctx
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

// nodesOf is who divides the rooms, as a node tells it.
func nodesOf(t *testing.T, asked string) ([]nodeStatus, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, asked+"/api/v1/status", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var status struct{ Nodes []nodeStatus }
	err = json.NewDecoder(response.Body).Decode(&status)
	return status.Nodes, err
}

// settle waits until all nodes say that so many of them have all the shares,
// evenly, and returns how many each has.
func (ns *nodes) settle(n int, urls ...string) {
	ns.t.Helper()
	deadline := time.Now().Add(limit)
	for _, url := range urls {
		for {
			nodes, err := nodesOf(ns.t, url)
			if err == nil && even(nodes, n) {
				break
			}
			if time.Now().After(deadline) {
				ns.t.Fatalf("%s: not divided among %d nodes: %+v, %v", url, n, nodes, err)
			}
			pause(ns.t, 50*time.Millisecond)
		}
	}
}

func even(nodes []nodeStatus, n int) bool {
	held := 0
	for _, node := range nodes {
		held += len(node.Shares)
		if len(node.Shares) < shares.Count/n || len(node.Shares) > shares.Count/n+1 {
			return false
		}
	}
	return len(nodes) == n && held == shares.Count
}

// owner is the index of the node that has a room, as another one tells it, once
// somebody has.
func (ns *nodes) owner(room, asked string) (i int) {
	ns.t.Helper()
	var nodes []nodeStatus
	var err error
	poll(ns.t, func() bool {
		nodes, err = nodesOf(ns.t, asked)
		holder := slices.IndexFunc(nodes, func(n nodeStatus) bool { return slices.Contains(n.Shares, shares.Of(room)) })
		if holder < 0 {
			return false
		}
		i = slices.Index(ns.urls, nodes[holder].Address)
		return i >= 0
	}, func() string { return fmt.Sprintf("nobody has %s: %+v, %v", room, nodes, err) })
	return i
}

// others are the addresses of all nodes but one.
func (ns *nodes) others(i int) []string { return slices.Delete(slices.Clone(ns.urls), i, i+1) }

// survivor is a person who plays through any of the nodes.
func (ns *nodes) survivor(ctx context.Context, room string) *survivor {
	s := &survivor{person: person{t: ns.t, ctx: ctx}, nodes: ns}
	s.open(room)
	return s
}

// A person plays on while one node after the other is killed and started again:
// the one that has the room, or another, before a move, or between a move and its
// answer.
func TestPersonPlaysThroughLostNodes(t *testing.T) {
	t.Parallel()
	ns, ctx := threeNodes(t)
	p := ns.survivor(ctx, "nomad")
	killed := 0
	lose := func() {
		i := ns.owner(p.room, ns.url(killed))
		if killed%3 == 2 {
			i = (i + 1) % 3
		}
		killed++
		kill(t, ns.procs[i])
		ns.start(i)
		ns.settle(3, ns.urls[i])
	}
	p.before = func(move int) {
		if move%12 == 0 && killed < 6 {
			lose()
		}
	}
	p.after = func(move int) {
		if move%12 == 6 && killed < 6 {
			lose()
		}
	}
	p.play()
	if killed < 3 {
		t.Errorf("only %d nodes were killed", killed)
	}
	t.Logf("paused for %v", p.pauses)
	_ = p.ws.CloseNow()
}

// Rooms are divided evenly, and any node answers for all of them. Those of a node
// that dies go on at the others; when it is back it takes its share again.
func TestRoomsAreDividedAmongNodes(t *testing.T) {
	t.Parallel()
	ns, ctx := threeNodes(t)
	const rooms = 45
	at := make([]int, 3) // how many rooms each node has
	for i := range rooms {
		s := &survivor{person: person{t: t, ctx: ctx}, nodes: ns, via: i}
		s.open(fmt.Sprintf("room-%d", i))
		at[ns.owner(s.room, ns.url(i))]++
	}
	for i, n := range at {
		if n == 0 || n > rooms/2 {
			t.Errorf("node %d has %d of %d rooms", i, n, rooms)
		}
	}
	there := func(asked ...string) {
		t.Helper()
		for _, url := range asked {
			for i := range rooms {
				ns.has(url, fmt.Sprintf("room-%d", i))
			}
		}
	}
	there(ns.urls...)
	if room := createRoom(t, ns.url(1), `{"game":"liaptui"}`); ns.owner(room, ns.url(0)) != 1 {
		t.Error("a room without a name is not at the node that opened it")
	}
	kill(t, ns.procs[1])
	ns.settle(2, ns.others(1)...)
	there(ns.others(1)...)
	ns.start(1)
	ns.settle(3, ns.urls...)
	there(ns.urls...)
}

// has waits until a node shows a room, for as long as that is between owners.
func (ns *nodes) has(asked, room string) {
	ns.t.Helper()
	for deadline := time.Now().Add(limit); ; pause(ns.t, 20*time.Millisecond) {
		status, body := get(ns.t, asked+"/api/v1/rooms/"+room)
		if status == http.StatusServiceUnavailable && time.Now().Before(deadline) {
			continue
		}
		if status != http.StatusOK {
			ns.t.Errorf("%s: %s: %d %s", asked, room, status, body)
		}
		return
	}
}

// A node that is told to end hands its rooms over: a person goes on at another
// one, and has lost nothing, not even a move that was under way.
func TestPlannedStopHandsRoomsOver(t *testing.T) {
	t.Parallel()
	ns, ctx := threeNodes(t)
	p := ns.survivor(ctx, "nomad")
	stops := 0
	stop := func() {
		i := ns.owner(p.room, ns.url(stops))
		stops++
		if err := ns.procs[i].Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := exitOf(t, ns.procs[i]); code != exitOK {
			t.Errorf("exit %d, want %d", code, exitOK)
		}
		ns.settle(2, ns.others(i)...)
		ns.start(i)
		ns.settle(3, ns.urls...)
	}
	p.before = func(move int) {
		if move == 5 {
			stop()
		}
	}
	p.after = func(move int) {
		if move == 10 && stops == 1 {
			stop()
		}
	}
	p.play()
	if stops != 2 {
		t.Errorf("stopped %d times", stops)
	}
	_ = p.ws.CloseNow()
}

// A process that was stopped for longer than others wait finds its rooms with
// others: it can do nothing to them, and tells nobody anything; then it begins
// anew.
func TestStoppedNodeHasLostItsRooms(t *testing.T) {
	t.Parallel()
	ns, ctx := threeNodes(t)
	p := ns.survivor(ctx, "nomad")
	i := ns.owner("nomad", ns.url(0))
	left := &person{t: t, url: ns.urls[i], ctx: ctx, room: "nomad"} // ann, at the node that will be stopped
	left.connect()
	left.expect("ready", "go", `{"id":"go","type":"ready"}`, "ack", "")
	o, ok := left.turn()
	if !ok {
		t.Fatalf("closed with %v", left.closed)
	}
	stopped := ns.procs[i].Process
	if err := stopped.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ns.settle(2, ns.others(i)...)
	resumed := resumedAt(t, ns.others(i)[0], "nomad")
	id, move := left.move(o)
	left.send(move)               // which it finds when it wakes
	late := make(chan string, 20) // and rooms that are to be opened
	for n := range cap(late) {
		go func() { late <- ns.openLate(ctx, i, fmt.Sprint("late-", n)) }()
	}
	if err := stopped.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	p.session, p.seq, p.sent = left.session, left.seq, left.sent
	for {
		f, err := left.read()
		if err != nil {
			break
		}
		if f.Type == "event" && f.Seq >= resumed || f.ID == id {
			t.Errorf("the node that was stopped sends %s %s %d, and the room has gone on at %d elsewhere", f.Type, f.ID, f.Seq, resumed)
		}
	}
	if left.closed != websocket.StatusServiceRestart {
		t.Errorf("closed with %v, want 1012", left.closed)
	}
	_ = left.ws.CloseNow()
	ns.settle(3, ns.urls...) // it has begun anew, with rooms of its own
	for range cap(late) {
		if opened := <-late; opened != "" {
			ns.has(ns.url(0), opened)
		}
	}
	p.back()
	p.playOn()
	_ = p.ws.CloseNow()
}

// openLate asks a node to open a room, and returns its name if that says it has.
func (ns *nodes) openLate(ctx context.Context, i int, name string) string {
	body := fmt.Sprintf(`{"game":"liaptui","room":%q}`, name)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, ns.url(i)+"/api/v1/rooms", strings.NewReader(body))
	if err != nil {
		ns.t.Error(err)
		return ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return ""
	}
	return name
}

// resumedAt is the last event by which a room went on elsewhere.
func resumedAt(t *testing.T, asked, room string) (seq uint64) {
	t.Helper()
	_, body := get(t, asked+"/api/v1/rooms/"+room+"/journal?limit=5000")
	var journal struct {
		Events []struct {
			Type    string
			RoomSeq uint64 `json:"room_seq"`
		}
	}
	if err := json.Unmarshal([]byte(body), &journal); err != nil {
		t.Fatal(err)
	}
	for _, e := range journal.Events {
		if e.Type == "game.resumed" {
			seq = e.RoomSeq
		}
	}
	return seq
}

// The games of a run are divided among nodes, each once and with the result that
// one process alone gets; one node is killed in the middle. All nodes end when the
// run is over; the next start begins the next run.
func TestRunIsDividedAmongNodes(t *testing.T) {
	t.Parallel()
	const games = 30
	store, folder := cluster(t), t.TempDir()
	results := func(name string) string { return filepath.Join(folder, name+".jsonl") }
	flags := func(name string, more ...string) []string {
		return append([]string{"--tables", "6", "--pace", "0", "--games", strconv.Itoa(games), "--seed", "7", "--results", results(name)}, more...)
	}
	alone, _ := startedFor(t, survivalLimit, built(t), flags("alone", "--store", "memory")...)
	if code := exitOf(t, alone); code != exitOK {
		t.Fatalf("alone: exit %d", code)
	}
	want := readResults(t, results("alone"))
	for _, run := range []string{"first", "second"} {
		ns := startNodes(t, 3, flags(run, "--store", store)...)
		for len(readResults(t, results(run))) == 0 { // most of the run is left, however long a restart takes
			pause(t, 5*time.Millisecond)
		}
		kill(t, ns.procs[0])
		ns.start(0)
		for i, p := range ns.procs {
			if code := exitOf(t, p); code != exitOK {
				t.Errorf("%s run: node %d: exit %d", run, i, code)
			}
		}
		got := readResults(t, results(run))
		for n := 1; n <= games; n++ {
			w, g := want[n], got[n]
			w.Seconds, g.Seconds = 0, 0
			if a, b := text(t, w), text(t, g); a != b {
				t.Errorf("%s run, game %d: %s, alone %s", run, n, b, a)
			}
		}
		if len(got) != games {
			t.Errorf("%s run: %d games, want %d", run, len(got), games)
		}
	}
}
