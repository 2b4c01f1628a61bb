package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/pitboss-dev/pitboss/natsqueue"
)

// ownership is the right to run the rooms of a store.
type ownership struct {
	// lost is closed when another process has it; never for a store that no
	// other process can open.
	lost    <-chan struct{}
	release func() error
}

// roomsLease is what the processes on one store want.
const roomsLease = "rooms"

// releaseTimeout is how long a store may take to let the next process in at
// once; it has to wait for the lease's end otherwise.
const releaseTimeout = 2 * time.Second

// own returns once the rooms of the store are this process's. Until then it
// passes on what comes to the listener to the process that has them. It returns
// nil when ctx ends before.
func (s *store) own(ctx context.Context, c config, listener net.Listener, announce func(), log *slog.Logger) (*ownership, error) {
	if s.nats == nil || s.embedded != nil {
		return &ownership{release: func() error { return nil }}, nil
	}
	address := c.advertise
	if address == "" {
		address = reachable(listener.Addr())
	}
	b := newStandby(c.adminToken != "", log)
	defer b.stop()
	lease, err := s.nats.Acquire(ctx, natsqueue.LeaseConfig{Name: roomsLease, Holder: "http://" + address}, func(holder string) {
		log.InfoContext(ctx, "standing by", "owner", holder)
		b.follow(holder)
		b.start(listener)
		announce()
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("rooms of the store: %w", err)
	}
	return &ownership{lost: lease.Lost(), release: func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
		defer cancel()
		if err := lease.Release(ctx); err != nil && !errors.Is(err, natsqueue.ErrUnreachable) {
			return err
		}
		return nil
	}}, nil
}

// reachable is a listener's address, by the machine's name where it listens
// everywhere.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return net.JoinHostPort(host, port)
}
