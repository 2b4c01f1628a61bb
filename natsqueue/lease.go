package natsqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// LeaseConfig says what is leased, and to whom.
type LeaseConfig struct {
	// Name is what is leased: letters, digits, - and _.
	Name string
	// Holder is told to those who wait, such as an address.
	Holder string
	// TTL is how long the lease outlives its last renewal; it is renewed three
	// times as often. Zero: 3 s. Those who wait measure it by their own clocks,
	// so clocks need not agree.
	TTL time.Duration
}

const (
	defaultLeaseTTL = 3 * time.Second
	leasePoll       = 100 * time.Millisecond
)

// Lease is the right to be the only one who does something. It is a message
// that its holder writes again and again; every write names the one that it
// follows, so that of two who want it one gets it.
//
// While the store takes no writes, nobody can take a lease over, so a holder
// that cannot renew goes on. A holder that was stopped for too long finds out at
// its next renewal; what it may have done until then has to be fenced by what it
// writes, as in a [Journal].
type Lease struct {
	store   *Store
	stream  string
	subject string
	text    []byte
	ttl     time.Duration

	id      string       // of the acquisition
	seq     uint64       // of the last renewal
	made    time.Time    // when the write that acquired it was begun
	renewed atomic.Int64 // when the last renewal was, as a distance from made
	stop    context.CancelFunc
	done    chan struct{}
	lost    chan struct{}
}

// claim is what a lease's message says.
type claim struct {
	ID       string `json:"id"` // of the acquisition
	Holder   string `json:"holder"`
	TTL      int64  `json:"ttl_ms"`
	Released bool   `json:"released,omitempty"`
}

func (c *LeaseConfig) prepare() error {
	var faults pitboss.FieldErrors
	if c.Name == "" || strings.ContainsFunc(c.Name, func(r rune) bool { return !plain(r) }) {
		faults.Add("lease", c.Name, "letters, digits, - and _")
	}
	if c.TTL < 0 || c.TTL > 0 && c.TTL < 10*leasePoll {
		faults.Add("ttl", c.TTL, "zero (3s) or at least 1s")
	}
	if c.TTL == 0 {
		c.TTL = defaultLeaseTTL
	}
	return faults.Err()
}

// Acquire waits until nobody else holds the lease, or ctx ends. Waiting, if it
// is not nil, is called with the holder whenever that is another one.
func (s *Store) Acquire(ctx context.Context, c LeaseConfig, waiting func(holder string)) (*Lease, error) {
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	name := s.config.Prefix + "-leases"
	_, err := s.stream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{name + ".*"}, MaxMsgsPerSubject: 1})
	if err != nil {
		return nil, fmt.Errorf("lease %s: %w", c.Name, err)
	}
	own := claim{ID: correlation.New(), Holder: c.Holder, TTL: c.TTL.Milliseconds()}
	text, err := json.Marshal(own)
	if err != nil {
		return nil, fmt.Errorf("lease %s: %w", c.Name, err)
	}
	l := &Lease{
		store: s, stream: name, subject: name + "." + c.Name, id: own.ID, text: text, ttl: c.TTL,
		done: make(chan struct{}), lost: make(chan struct{}),
	}
	if err := l.wait(ctx, waiting); err != nil {
		return nil, fmt.Errorf("lease %s: %w", c.Name, err)
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	go l.renew(renewing)
	return l, nil
}

// wait returns once the lease is ours.
func (l *Lease) wait(ctx context.Context, waiting func(string)) error {
	var seen uint64
	since, told := time.Now(), ""
	for {
		seq, held, err := l.read(ctx)
		switch {
		case err != nil: // then its holder cannot renew it either
			since = time.Now()
		case held.ID == l.id: // written by an attempt whose answer was lost
			l.seq = seq
			return nil
		case seq != 0 && seq != seen && !held.Released:
			seen, since = seq, time.Now()
			if held.Holder != told && waiting != nil {
				told = held.Holder
				waiting(told)
			}
		case seq == 0 || held.Released || time.Since(since) >= time.Duration(held.TTL)*time.Millisecond:
			l.made = time.Now()
			if l.seq, err = l.write(ctx, l.text, seq); err == nil {
				return nil
			}
			since = time.Now()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.store.closed:
			return fmt.Errorf("the store is closed: %w", pitboss.ErrClosed)
		case <-time.After(leasePoll):
		}
	}
}

// renew keeps the lease until it is released or lost.
func (l *Lease) renew(ctx context.Context) {
	defer close(l.done)
	wait := l.ttl / 3
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.store.closed:
			return
		case <-time.After(wait):
		}
		wait = l.ttl / 3
		begun := time.Since(l.made)
		seq, err := l.write(ctx, l.text, l.seq)
		if err == nil {
			l.seq = seq
			l.renewed.Store(int64(begun))
			continue
		}
		wait = leasePoll
		if !errors.Is(err, ErrFenced) {
			continue
		}
		// An attempt of ours whose answer was lost looks like somebody else's.
		seq, held, err := l.read(ctx)
		switch {
		case err != nil:
		case held.ID == l.id:
			l.seq = seq
		default:
			l.store.config.Log.WarnContext(ctx, "lease lost", "lease", l.subject, "holder", held.Holder)
			close(l.lost)
			return
		}
	}
}

// Lost is closed when somebody else has the lease.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Fresh reports whether the lease was renewed within its TTL: a holder that was
// stopped, or whose store takes no writes, finds that out by its own clock.
// Nobody else can have the lease while it is fresh.
func (l *Lease) Fresh() bool { return l.unrenewed() < l.ttl }

// unrenewed is for how long the lease was not.
func (l *Lease) unrenewed() time.Duration {
	return time.Since(l.made) - time.Duration(l.renewed.Load())
}

// Release gives the lease to the next who waits, at once. Releasing twice, or
// what was lost, is harmless.
func (l *Lease) Release(ctx context.Context) error {
	l.stop()
	<-l.done
	select {
	case <-l.lost:
		return nil
	default:
	}
	text, err := json.Marshal(claim{Released: true})
	if err != nil {
		return err
	}
	_, err = l.write(ctx, text, l.seq)
	if errors.Is(err, ErrFenced) { // by a renewal of ours, perhaps, whose answer was lost
		var held claim
		if l.seq, held, err = l.read(ctx); err == nil && held.ID == l.id {
			_, err = l.write(ctx, text, l.seq)
		}
	}
	if err != nil && !errors.Is(err, ErrFenced) {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// read returns the lease's message and its place, zero if there is none.
func (l *Lease) read(ctx context.Context) (uint64, claim, error) {
	ctx, cancel := context.WithTimeout(ctx, l.ttl/3)
	defer cancel()
	var held claim
	m, err := l.store.newest(ctx, l.stream, l.subject)
	if err != nil || m.Sequence == 0 {
		return 0, held, describe(err)
	}
	if err := json.Unmarshal(m.Data, &held); err != nil {
		return 0, claim{}, fmt.Errorf("lease %s: %w: %w", l.subject, ErrCorrupt, err)
	}
	return m.Sequence, held, nil
}

// write replaces the lease's message, if that is still the one at last.
func (l *Lease) write(ctx context.Context, text []byte, last uint64) (uint64, error) {
	return l.store.replace(ctx, l.subject, text, last, l.ttl/3)
}

// replace writes a subject's message, if the one at last is still its last, and
// returns its place. It fails with [ErrFenced] otherwise.
func (s *Store) replace(ctx context.Context, subject string, text []byte, last uint64, within time.Duration) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	ack, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: text},
		jetstream.WithExpectLastSequencePerSubject(last))
	if err == nil {
		return ack.Sequence, nil
	}
	if wrongLast(err) {
		return 0, ErrFenced
	}
	return 0, describe(err)
}
