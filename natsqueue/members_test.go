package natsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
)

func join(t *testing.T, s *natsqueue.Store, address string) *natsqueue.Membership {
	t.Helper()
	return joinFor(t, s, address, time.Second)
}

func joinFor(t *testing.T, s *natsqueue.Store, address string, ttl time.Duration) *natsqueue.Membership {
	t.Helper()
	m, err := s.Join(t.Context(), natsqueue.MemberConfig{Address: address, TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func look(t *testing.T, m *natsqueue.Membership) natsqueue.Roll {
	t.Helper()
	r, err := m.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// addresses are those of the members that live.
func addresses(r natsqueue.Roll) map[string]string {
	all := make(map[string]string)
	for _, m := range r.Members {
		all[m.Address] = m.ID
	}
	return all
}

func TestMembersKnowEachOtherAndWhoHoldsWhat(t *testing.T) {
	t.Parallel()
	server := started(t, natsqueue.EmbeddedConfig{})
	ann, bob := join(t, opened(t, server), "ann:1"), join(t, opened(t, server), "bob:1")
	must(t, ann.Take(t.Context(), 3))
	must(t, ann.Note(t.Context(), 3, "half read"))
	r := look(t, bob)
	if a := addresses(r); len(a) != 2 || a["ann:1"] != ann.ID() || a["bob:1"] != bob.ID() {
		t.Errorf("members %v", r.Members)
	}
	if want := (natsqueue.Share{Holder: ann.ID(), Note: "half read"}); r.Shares[3] != want || r.Shares[4] != (natsqueue.Share{}) {
		t.Errorf("shares %+v", r.Shares[3:5])
	}
	if err := bob.Take(t.Context(), 3); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("a share that somebody holds is taken: %v", err)
	}
	if err := bob.Note(t.Context(), 3, "mine"); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("a word is left with somebody else's share: %v", err)
	}
	must(t, bob.Give(t.Context(), 3)) // which changes nothing
	must(t, ann.Give(t.Context(), 3))
	look(t, bob)
	must(t, bob.Take(t.Context(), 3))
	if err := ann.Take(t.Context(), 3); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("a share that has changed hands unseen is taken: %v", err)
	}
	if want := (natsqueue.Share{Holder: bob.ID(), Note: "half read"}); look(t, ann).Shares[3] != want {
		t.Error("the new holder, or the word that was left, is not known")
	}
	must(t, bob.Leave(t.Context()))
	r = look(t, ann)
	if a := addresses(r); len(a) != 1 || r.Shares[3].Holder != "" {
		t.Errorf("after bob has left: %v, share 3 is %q's", a, r.Shares[3].Holder)
	}
	must(t, ann.Take(t.Context(), 3)) // who left holds nothing
	must(t, errors.Join(ann.Leave(t.Context()), ann.Leave(t.Context()), bob.Leave(t.Context())))
}

// Who says nothing for the TTL is ended by whoever sees that, and all its shares
// are free; it finds that out itself.
func TestSilentMemberIsEnded(t *testing.T) {
	t.Parallel()
	server := started(t, natsqueue.EmbeddedConfig{})
	bob := join(t, opened(t, server), "bob:1")
	silent := opened(t, server)
	ann := join(t, silent, "ann:1")
	must(t, ann.Take(t.Context(), 7))
	must(t, ann.Take(t.Context(), 8))
	begin := time.Now() // ann's silence begins with this look at the earliest
	if r := look(t, bob); r.Shares[7].Holder != ann.ID() {
		t.Fatalf("share 7 is %q's", r.Shares[7].Holder)
	}
	silent.Close()
	for {
		r := look(t, bob)
		if r.Shares[7].Holder == "" && r.Shares[8].Holder == "" && len(r.Members) == 1 {
			break
		}
		wait(t, 50*time.Millisecond)
	}
	if took := time.Since(begin); took < time.Second {
		t.Errorf("ended after %v of silence, the TTL is 1s", took)
	}
	if ann.Fresh() {
		t.Error("a member that could not renew for its TTL takes itself for alive")
	}
	must(t, bob.Take(t.Context(), 7))
	must(t, bob.Leave(t.Context()))
}

// A member that is ended while it still runs learns that.
func TestEndedMemberIsTold(t *testing.T) {
	t.Parallel()
	server := started(t, natsqueue.EmbeddedConfig{})
	store := opened(t, server)
	ann := join(t, store, "ann:1")
	must(t, natsqueue.EndMember(t.Context(), opened(t, server), ann.ID()))
	select {
	case <-ann.Lost():
	case <-time.After(patience):
		t.Fatal("not told")
	}
	must(t, ann.Leave(t.Context()))
	// The next one to join clears away what is left of it.
	bob := join(t, store, "bob:1")
	if a := addresses(look(t, bob)); len(a) != 1 {
		t.Errorf("members %v", a)
	}
	must(t, bob.Leave(t.Context()))
}

// Time in which a member did not look is no silence of others.
func TestMemberThatDidNotLookEndsNobody(t *testing.T) {
	t.Parallel()
	server := started(t, natsqueue.EmbeddedConfig{})
	ann, bob := join(t, opened(t, server), "ann:1"), join(t, opened(t, server), "bob:1")
	look(t, bob)
	wait(t, 1500*time.Millisecond)
	if a := addresses(look(t, bob)); len(a) != 2 {
		t.Errorf("members %v", a)
	}
	must(t, errors.Join(ann.Leave(t.Context()), bob.Leave(t.Context())))
}

// While the store takes no writes nobody can renew, so nobody is silent: when it
// takes them again all are still members, whoever is the first to write.
func TestStoreWithoutWritesEndsNobody(t *testing.T) {
	t.Parallel()
	store := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	const ttl = 3 * time.Second // half of which all must renew in, on a busy machine too
	members := make([]*natsqueue.Membership, 20)
	for i := range members {
		members[i] = joinFor(t, store, fmt.Sprint("node:", i), ttl)
	}
	watch := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); wait(t, 2*time.Millisecond) {
			look(t, members[0])
		}
	}
	watch(ttl / 10)
	must(t, natsqueue.RefuseWrites(t.Context(), store, true))
	watch(ttl * 3 / 2)
	must(t, natsqueue.RefuseWrites(t.Context(), store, false))
	watch(ttl * 9 / 10)
	if a := addresses(look(t, members[0])); len(a) != len(members) {
		t.Errorf("of %d members %d are left", len(members), len(a))
	}
	for _, m := range members {
		must(t, m.Leave(t.Context()))
	}
}

func TestJoinFaults(t *testing.T) {
	t.Parallel()
	store := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	for _, c := range []natsqueue.MemberConfig{{}, {Address: "ann:1", TTL: time.Millisecond}} {
		if _, err := store.Join(t.Context(), c); !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

// wait lets time pass that the store measures.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
