package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/shares"
)

// division is this process's part among those that divide the rooms of a store.
// Where no other process can open the store it is nil, and all rooms are here.
type division struct {
	store   *natsqueue.Store
	address string // where other processes reach this one
	rooms   roomKeeper
	log     *slog.Logger

	member  atomic.Pointer[natsqueue.Membership]
	roll    atomic.Pointer[natsqueue.Roll] // as it was last seen
	serving [shares.Count]atomic.Bool      // whose rooms run here
	blind   bool                           // the store did not answer the last look
	failed  int                            // how many takes have failed in a row
	again   time.Time                      // before which nothing is taken after that
}

var _ visual.Owners = (*division)(nil)

// roomKeeper has what a share's rooms consist of come and go.
type roomKeeper interface {
	// take has the rooms of shares go on here. It may come again after it has
	// failed.
	take(ctx context.Context, which []int) error
	// taken is called once commands reach the rooms.
	taken(which []int)
	// mend takes rooms again that somebody wrote to who had just lost them, if they
	// are here. It is asked after every look.
	mend(ctx context.Context, here func(room string) bool)
	// give lets them go; what cannot be ended before ctx ends is cut off.
	give(ctx context.Context, which []int)
	// ending says whether the process is about to end by itself: then nothing
	// changes hands any more. It is asked after every look.
	ending() bool
}

const (
	// lookEvery is how often a process looks at who lives and who has what.
	lookEvery = 100 * time.Millisecond
	// giveTimeout is how long commands under way may take where rooms are handed
	// over.
	giveTimeout = 5 * time.Second
	// takeAgain is how long a process waits at most before it tries again to take
	// rooms over: each time it tells all of them that they have resumed.
	takeAgain = 10 * time.Second
	// leaveTimeout is how long a store may take to let others in at once; they
	// have to wait for this process's silence otherwise.
	leaveTimeout = 2 * time.Second
)

// divided returns the division of a store that other processes may open, or nil.
func (s *store) divided(c config, rooms roomKeeper, log *slog.Logger) *division {
	if s.nats == nil || s.embedded != nil {
		return nil
	}
	return &division{store: s.nats, address: "http://" + c.advertise, rooms: rooms, log: log}
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

// holds says whether a room is this process's.
func (d *division) holds(room string) bool { return d == nil || d.serving[shares.Of(room)].Load() }

// sure says whether a room is this process's, and nobody can have taken it.
func (d *division) sure(room string) bool { return d.holds(room) && d.member.Load().Fresh() }

// Owner implements [visual.Owners]: the member that has the room's share, and
// whether it still runs the room. This process does so no more once others may
// take it for gone: what it writes may be refused.
func (d *division) Owner(room string) (name string, alive bool) {
	if d == nil {
		return "", true
	}
	member, roll := d.member.Load(), d.roll.Load()
	if member == nil || roll == nil {
		return "", true // nobody had it yet
	}
	if d.holds(room) {
		return member.ID(), member.Fresh()
	}
	// Somebody who lives has it, or it is between owners: neither takes long.
	return roll.Shares[shares.Of(room)].Holder, true
}

// hold returns what tells later whether nobody can have ended the membership that
// this process has now. While that is uncertain it waits.
func (d *division) hold() func(context.Context) (bool, error) {
	if d == nil {
		return func(context.Context) (bool, error) { return true, nil }
	}
	m := d.member.Load()
	if m == nil { // not a member yet
		return func(context.Context) (bool, error) { return false, nil }
	}
	return func(ctx context.Context) (bool, error) {
		for !m.Fresh() {
			select {
			case <-m.Lost():
				return false, nil
			case <-ctx.Done():
				return false, context.Cause(ctx)
			case <-time.After(lookEvery):
			}
		}
		return true, nil
	}
}

// join makes the process a member and takes what falls to it at once.
func (d *division) join(ctx context.Context) error {
	m, err := d.store.Join(ctx, natsqueue.MemberConfig{Address: d.address})
	if err != nil {
		return err
	}
	d.member.Store(m)
	d.log.InfoContext(ctx, "member of the store", "member", m.ID(), "address", d.address)
	d.step(ctx)
	return nil
}

// run follows who lives until ctx ends.
func (d *division) run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.member.Load().Lost():
			d.rejoin(ctx)
		case <-tick.C:
			d.step(ctx)
		}
	}
}

// rejoin begins anew after others have found this process silent, and so have
// all its rooms: whoever was stopped for long goes on without them.
func (d *division) rejoin(ctx context.Context) {
	d.log.ErrorContext(ctx, "this process was silent for too long; others have its rooms")
	d.give(ctx, d.all())
	for {
		err := d.join(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		d.log.ErrorContext(ctx, "not a member of the store; trying again", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// leave hands everything over, so that others need not wait.
func (d *division) leave(ctx context.Context) {
	if d == nil || d.member.Load() == nil {
		return
	}
	d.give(ctx, d.all())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	if err := d.member.Load().Leave(ctx); err != nil && !errors.Is(err, natsqueue.ErrUnreachable) {
		d.log.WarnContext(ctx, "not left in order; others wait until this process counts as silent", "error", err)
	}
}

// step brings what this process has closer to what it should have.
func (d *division) step(ctx context.Context) {
	m := d.member.Load()
	roll, err := m.Look(ctx)
	if err != nil {
		if !d.blind && ctx.Err() == nil {
			d.log.WarnContext(ctx, "who lives is not known; rooms stay where they are", "error", err)
		}
		d.blind = true
		return
	}
	d.blind = false
	d.roll.Store(&roll)
	if d.rooms.ending() {
		return
	}
	held := holders(&roll)
	next := shares.Divide(held, members(&roll))
	var giving, taking []int
	for share := range next {
		here, record, wanted := d.serving[share].Load(), held[share] == m.ID(), next[share] == m.ID()
		stays := record && wanted
		switch {
		case here && !stays, !here && record && !wanted:
			giving = append(giving, share)
		case !here && wanted && (record || held[share] == ""):
			taking = append(taking, share)
		}
	}
	d.take(ctx, taking) // the more urgent: nobody has these
	d.give(ctx, giving)
	d.rooms.mend(ctx, d.sure)
}

// give lets shares go: first the rooms, then the right to them.
func (d *division) give(ctx context.Context, which []int) {
	if len(which) == 0 {
		return
	}
	for _, share := range which {
		d.serving[share].Store(false)
	}
	begin := time.Now()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveTimeout)
	defer cancel()
	d.rooms.give(ending, which)
	m := d.member.Load()
	each(which, func(share int) {
		if err := m.Give(context.WithoutCancel(ctx), share); err != nil {
			d.log.WarnContext(ctx, "share let go, but others do not know yet", "share", share, "error", err)
		}
	})
	d.log.InfoContext(ctx, "shares of the rooms handed over", "shares", which, "took", time.Since(begin))
}

// take makes shares this process's: first the right to them, then the rooms.
func (d *division) take(ctx context.Context, which []int) {
	begin := time.Now()
	if len(which) == 0 || begin.Before(d.again) {
		return
	}
	m := d.member.Load()
	var mu sync.Mutex
	var taken []int
	each(which, func(share int) {
		err := m.Take(ctx, share)
		switch {
		case err == nil:
			mu.Lock()
			taken = append(taken, share)
			mu.Unlock()
		case !errors.Is(err, natsqueue.ErrFenced): // another one was quicker
			d.log.WarnContext(ctx, "share not taken", "share", share, "error", err)
		}
	})
	if len(taken) == 0 {
		return
	}
	slices.Sort(taken)
	if err := d.rooms.take(ctx, taken); err != nil {
		wait := min(lookEvery<<min(d.failed, 10), takeAgain)
		d.failed, d.again = d.failed+1, time.Now().Add(wait)
		if ctx.Err() == nil {
			d.log.ErrorContext(ctx, "rooms not taken over; trying again", "shares", taken, "in", wait, "error", err)
		}
		return
	}
	d.failed = 0
	for _, share := range taken {
		d.serving[share].Store(true)
	}
	d.rooms.taken(taken)
	d.log.InfoContext(ctx, "shares of the rooms taken", "shares", taken, "took", time.Since(begin))
}

// all are the shares whose rooms are here.
func (d *division) all() (here []int) {
	for share := range d.serving {
		if d.serving[share].Load() {
			here = append(here, share)
		}
	}
	return here
}

// each calls f for several shares at a time, and waits: the store takes as long
// for one as for all.
func each(which []int, f func(share int)) {
	var working sync.WaitGroup
	for _, share := range which {
		working.Go(func() { f(share) })
	}
	working.Wait()
}

// roomsOf chooses the rooms of some shares.
func roomsOf(which []int) func(room string) bool {
	var wanted [shares.Count]bool
	for _, share := range which {
		wanted[share] = true
	}
	return func(room string) bool { return wanted[shares.Of(room)] }
}

func holders(roll *natsqueue.Roll) (d shares.Division) {
	for share := range roll.Shares {
		d[share] = roll.Shares[share].Holder
	}
	return d
}

func members(roll *natsqueue.Roll) []string {
	ids := make([]string, len(roll.Members))
	for i, m := range roll.Members {
		ids[i] = m.ID
	}
	return ids
}

// check is what readiness is told.
func (d *division) check(context.Context) error {
	switch m := d.member.Load(); {
	case m == nil:
		return errors.New("not a member of the store yet")
	case !m.Fresh():
		return errors.New("others may take this process for gone: its record was not renewed in time")
	}
	return nil
}

// nodeStatus is one process on the store.
type nodeStatus struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Self    bool   `json:"self,omitempty"`
	Shares  []int  `json:"shares"`
}

// status is what /api/v1/status shows of the division. A share that is between
// owners is nobody's.
func (d *division) status() any {
	roll, m := d.roll.Load(), d.member.Load()
	if roll == nil || m == nil {
		return nil
	}
	nodes := make([]nodeStatus, len(roll.Members))
	for i, member := range roll.Members {
		nodes[i] = nodeStatus{ID: member.ID, Address: member.Address, Self: member.ID == m.ID(), Shares: []int{}}
		for share := range roll.Shares {
			if roll.Shares[share].Holder == member.ID {
				nodes[i].Shares = append(nodes[i].Shares, share)
			}
		}
	}
	return nodes
}
