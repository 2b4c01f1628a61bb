package natsqueue

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/shares"
)

// MemberConfig describes a process that joins those that divide a store's
// rooms.
type MemberConfig struct {
	// Address is where others reach this one. Required.
	Address string
	// TTL is how long a member that says nothing counts as alive; it renews its
	// record three times as often. Zero: 2 s.
	TTL time.Duration
}

// defaultMemberTTL is nearly all that people wait when a node dies. Stores are
// silent for longer while they elect a leader, but then nobody sees the others
// stand still.
const defaultMemberTTL = 2 * time.Second

// Member is a process that is alive.
type Member struct {
	ID, Address string
}

// Share is what is known of one share.
type Share struct {
	// Holder is the ID of the member that holds it; empty while nobody does.
	Holder string
	// Note is what its holders leave for those that follow; see [Membership.Note].
	Note string
}

// Roll says who is alive and who holds what.
type Roll struct {
	Members []Member // by ID
	Shares  [shares.Count]Share
}

// Membership is one process's part among those that divide a store. A member has
// a record of its own, a [Lease], which it renews; a share's record is written
// when the share changes hands and at no other time, so that many shares cost no
// more than one. A share counts as held for as long as its holder lives.
//
// Whoever finds a member's record standing still for its TTL ends it. So a
// member that was stopped has lost all its shares at once, and finds that out at
// its next renewal. As with a lease, what it may do until then has to be fenced
// by what it writes.
//
// Its methods are safe for concurrent use.
type Membership struct {
	store  *Store
	stream string
	id     string
	ttl    time.Duration
	lease  *Lease

	looking sync.Mutex // one look at a time
	next    uint64     // the record to read on from
	looked  time.Time  // when the last look began that succeeded

	mu      sync.Mutex
	members map[string]*memberSeen
	shares  [shares.Count]shareSeen
}

// memberSeen is a member's record as it was last seen.
type memberSeen struct {
	seq   uint64
	claim claim
	since time.Time // by our own clock
}

type shareSeen struct {
	seq uint64
	record
}

// record is what a share's message says.
type record struct {
	Holder string `json:"holder,omitempty"`
	Note   string `json:"note,omitempty"`
}

const (
	memberPrefix = "node-"
	sharePrefix  = "share-"
)

// Join makes the process a member. It holds no shares yet.
func (s *Store) Join(ctx context.Context, c MemberConfig) (*Membership, error) {
	if c.Address == "" {
		return nil, &pitboss.FieldError{Field: "address", Value: c.Address, Allowed: "where other members reach this one"}
	}
	id := strings.ToLower(rand.Text()[:12])
	lease, err := s.Acquire(ctx, LeaseConfig{Name: memberPrefix + id, Holder: c.Address, TTL: cmp.Or(c.TTL, defaultMemberTTL)}, nil)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	m := &Membership{
		store: s, stream: s.config.Prefix + "-leases", id: id, ttl: lease.ttl, lease: lease,
		members: make(map[string]*memberSeen),
	}
	_, err = m.Look(ctx)
	if err == nil {
		err = m.purge(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("join: %w", err), lease.Release(context.WithoutCancel(ctx)))
	}
	return m, nil
}

// ID is the member's, new with every [Store.Join].
func (m *Membership) ID() string { return m.id }

// Lost is closed when others have ended this membership: its shares are theirs.
func (m *Membership) Lost() <-chan struct{} { return m.lease.Lost() }

// Fresh reports whether nobody can have ended the membership yet; see
// [Lease.Fresh].
func (m *Membership) Fresh() bool { return m.lease.Fresh() }

// Leave ends the membership, so that others need not wait for that. Give the
// shares back before. Leaving twice, or after all was lost, is harmless.
func (m *Membership) Leave(ctx context.Context) error { return m.lease.Release(ctx) }

// Look reads what has changed, ends those who say nothing any more, and returns
// how things are. Call it again and again, some ten times per TTL.
func (m *Membership) Look(ctx context.Context) (Roll, error) {
	m.looking.Lock()
	defer m.looking.Unlock()
	now := time.Now()
	m.excuse(now)
	if err := m.store.read(ctx, m.stream, "", m.next, m.see); err != nil {
		return Roll{}, fmt.Errorf("look at the members: %w", err)
	}
	m.looked = now
	for id, seen := range m.silent() {
		m.end(ctx, id, seen)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.roll(), nil
}

// excuse takes out of the others' silence what proves nothing: time in which
// nobody was watching, and time in which we could not write either, as while a
// leader of the store is elected.
func (m *Membership) excuse(now time.Time) {
	passed, unrenewed := now.Sub(m.looked), m.lease.unrenewed()
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, seen := range m.members {
		switch {
		case !seen.lives():
			delete(m.members, id) // it never comes back
		case passed > m.ttl/2 || unrenewed >= m.ttl:
			seen.since = now
		case unrenewed > m.ttl/2:
			seen.since = seen.since.Add(passed)
		}
	}
}

// see takes in one record.
func (m *Membership) see(subject string, seq uint64, data []byte) error {
	m.next = seq + 1
	m.mu.Lock()
	defer m.mu.Unlock()
	name := strings.TrimPrefix(subject, m.stream+".")
	if id, ok := strings.CutPrefix(name, memberPrefix); ok {
		seen := &memberSeen{seq: seq, since: time.Now()}
		if err := json.Unmarshal(data, &seen.claim); err != nil {
			return fmt.Errorf("member %s: %w: %w", id, ErrCorrupt, err)
		}
		m.members[id] = seen
		return nil
	}
	share, ok := shareNamed(name)
	if !ok {
		return nil // another lease
	}
	seen := shareSeen{seq: seq}
	if err := json.Unmarshal(data, &seen.record); err != nil {
		return fmt.Errorf("share %d: %w: %w", share, ErrCorrupt, err)
	}
	if seq > m.shares[share].seq {
		m.shares[share] = seen
	}
	return nil
}

// shareNamed reads a share's number.
func shareNamed(name string) (share int, ok bool) {
	number, ok := strings.CutPrefix(name, sharePrefix)
	share, err := strconv.Atoi(number)
	return share, ok && err == nil && share >= 0 && share < shares.Count
}

// silent are the members whose records stand still, as they were last seen. A
// member that cannot renew its own record has no business to say so of others.
func (m *Membership) silent() map[string]memberSeen {
	m.mu.Lock()
	defer m.mu.Unlock()
	silent := make(map[string]memberSeen)
	for id, seen := range m.members {
		if id != m.id && seen.lives() && time.Since(seen.since) >= seen.ttl() && m.lease.Fresh() {
			silent[id] = *seen
		}
	}
	return silent
}

// end ends a member, unless it has said something meanwhile.
func (m *Membership) end(ctx context.Context, id string, seen memberSeen) {
	text, _ := json.Marshal(claim{Released: true}) // has no parts that fail
	seq, err := m.store.replace(ctx, m.subject(memberPrefix+id), text, seen.seq, m.ttl/3)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil { // it lives, or nobody can write
		m.members[id].since = time.Now()
		return
	}
	m.store.config.Log.WarnContext(ctx, "member is silent and counts as gone", "member", id, "address", seen.claim.Holder)
	m.members[id] = &memberSeen{seq: seq, claim: claim{Released: true}}
}

func (s *memberSeen) lives() bool { return s != nil && !s.claim.Released }

func (s *memberSeen) ttl() time.Duration { return time.Duration(s.claim.TTL) * time.Millisecond }

func (m *Membership) roll() (r Roll) {
	for _, id := range slices.Sorted(maps.Keys(m.members)) {
		if seen := m.members[id]; seen.lives() {
			r.Members = append(r.Members, Member{ID: id, Address: seen.claim.Holder})
		}
	}
	for i := range m.shares {
		seen := &m.shares[i]
		r.Shares[i].Note = seen.Note
		if m.members[seen.Holder].lives() {
			r.Shares[i].Holder = seen.Holder
		}
	}
	return r
}

// Take makes a share this member's, unless a living member holds it. It fails
// with [ErrFenced] if the share has changed hands since the last look.
func (m *Membership) Take(ctx context.Context, share int) error {
	seen := m.share(share)
	if seen.Holder != "" && seen.Holder != m.id && m.holderLives(seen.Holder) {
		return fmt.Errorf("share %d: %s holds it: %w", share, seen.Holder, ErrFenced)
	}
	return m.write(ctx, share, record{Holder: m.id, Note: seen.Note}, seen.seq)
}

// Give gives a share up at once, for the next member to take. Giving up what
// somebody else has is harmless.
func (m *Membership) Give(ctx context.Context, share int) error {
	seen := m.share(share)
	if seen.Holder != m.id {
		return nil
	}
	err := m.write(ctx, share, record{Note: seen.Note}, seen.seq)
	if errors.Is(err, ErrFenced) {
		return nil
	}
	return err
}

// Note leaves a note with a share that this member holds: whoever holds it
// later finds it there.
func (m *Membership) Note(ctx context.Context, share int, note string) error {
	seen := m.share(share)
	if seen.Holder != m.id {
		return fmt.Errorf("share %d: %q holds it: %w", share, seen.Holder, ErrFenced)
	}
	if seen.Note == note {
		return nil
	}
	return m.write(ctx, share, record{Holder: m.id, Note: note}, seen.seq)
}

func (m *Membership) share(share int) shareSeen {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shares[share]
}

func (m *Membership) holderLives(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.members[id].lives()
}

// write replaces a share's record, if that is still the one at last.
func (m *Membership) write(ctx context.Context, share int, r record, last uint64) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	seq, err := m.store.replace(ctx, m.subject(fmt.Sprintf("%s%02d", sharePrefix, share)), text, last, m.ttl/3)
	if err != nil {
		return fmt.Errorf("share %d: %w", share, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq > m.shares[share].seq {
		m.shares[share] = shareSeen{seq, r}
	}
	return nil
}

func (m *Membership) subject(name string) string { return m.stream + "." + name }

// purge removes the records of members that were gone before this one came.
func (m *Membership) purge(ctx context.Context) error {
	stream, err := m.store.js.Stream(ctx, m.stream)
	if err != nil {
		return describe(err)
	}
	for id, seen := range m.members { // nobody else knows m yet
		if seen.lives() {
			continue
		}
		if err := stream.Purge(ctx, jetstream.WithPurgeSubject(m.subject(memberPrefix+id))); err != nil {
			return describe(err)
		}
		delete(m.members, id)
	}
	return nil
}
