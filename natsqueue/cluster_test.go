package natsqueue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/pitboss-dev/pitboss/natsqueue"
)

// clustered connects to three servers in a cluster, on which each stream has
// three replicas.
func clustered(t *testing.T) *natsqueue.Store {
	t.Helper()
	const nodes = 3
	routes, host := make([]*url.URL, nodes), loopback()
	listeners := make([]net.Listener, nodes) // all open at once, so that the ports differ
	for i := range routes {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", host+":0")
		must(t, err)
		listeners[i], routes[i] = l, &url.URL{Scheme: "nats-route", Host: l.Addr().String()}
	}
	servers := make([]*server.Server, nodes)
	var addresses []string
	for i, l := range listeners {
		port := l.Addr().(*net.TCPAddr).Port
		must(t, l.Close())
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("nats-%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: filepath.Join(t.TempDir(), "nats"),
			Cluster: server.ClusterOpts{Name: "test", Host: host, Port: port}, Routes: routes,
		})
		must(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers[i] = s
	}
	for _, s := range servers {
		if !s.ReadyForConnections(patience) {
			t.Fatal("not ready")
		}
		addresses = append(addresses, s.Addr().String())
	}
	formed := func(s *server.Server) bool { return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == nodes }
	until(t, "a cluster with a leader", func() bool { return slices.ContainsFunc(servers, formed) })
	s, err := natsqueue.Open(t.Context(), natsqueue.Config{URL: "nats://" + strings.Join(addresses, ","), Replicas: nodes, Log: quiet})
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// loopback is an address of this machine at which nobody else is, where the system
// has more than one: a port that is free there stays so until it is listened on.
func loopback() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1"
	}
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
}

func TestConformanceOfCluster(t *testing.T) {
	conforms(t, clustered(t))
}

// until asks again and again for what the store tells nobody of.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
