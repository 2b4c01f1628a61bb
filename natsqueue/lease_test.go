package natsqueue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

func acquire(t *testing.T, s *natsqueue.Store, holder string, waiting func(string)) *natsqueue.Lease {
	t.Helper()
	l, err := s.Acquire(t.Context(), natsqueue.LeaseConfig{Name: "rooms", Holder: holder, TTL: time.Second}, waiting)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLeaseIsHandedOn(t *testing.T) {
	store := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	first := acquire(t, store, "ann", nil)
	seen, second := make(chan string, 1), make(chan *natsqueue.Lease, 1)
	go func() { second <- acquire(t, store, "bob", func(holder string) { seen <- holder }) }()
	if holder := <-seen; holder != "ann" {
		t.Errorf("waits for %q", holder)
	}
	select {
	case <-second:
		t.Fatal("two have the lease")
	default:
	}
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := <-second
	select {
	case <-last.Lost():
		t.Error("lost at once")
	default:
	}
	if err := errors.Join(first.Release(t.Context()), last.Release(t.Context()), last.Release(t.Context())); err != nil {
		t.Error(err)
	}
}

// A holder that dies says nothing; the next one has it after the TTL.
func TestLeaseOutlivesItsHolderByTheTTL(t *testing.T) {
	server := started(t, natsqueue.EmbeddedConfig{})
	store := opened(t, server)
	other := opened(t, server)
	acquire(t, other, "ann", nil)
	other.Close()
	if err := acquire(t, store, "bob", nil).Release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLeaseIsWaitedForNoLongerThanTheContext(t *testing.T) {
	store := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	l := acquire(t, store, "ann", nil)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := store.Acquire(ctx, natsqueue.LeaseConfig{Name: "rooms"}, func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// A lease is free at once also if its holder has not heard of its last renewal.
func TestLeaseIsReleasedAfterALostRenewal(t *testing.T) {
	store := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	l := acquire(t, store, "ann", nil)
	must(t, natsqueue.LoseRenewal(t.Context(), l))
	must(t, l.Release(t.Context()))
	next := acquire(t, store, "bob", func(holder string) { t.Errorf("%s still has it", holder) })
	must(t, l.Release(t.Context())) // which is not its own any more
	must(t, next.Release(t.Context()))
}

func TestLeaseConfigFaults(t *testing.T) {
	store := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	for _, c := range []natsqueue.LeaseConfig{{}, {Name: "a.b"}, {Name: "a", TTL: time.Millisecond}} {
		if _, err := store.Acquire(t.Context(), c, nil); !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}
