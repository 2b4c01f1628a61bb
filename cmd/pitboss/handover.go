package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/natsqueue"
)

// take has the rooms of shares go on here: their bots and timers, the games of
// tables, and their dead letters.
func (p *parts) take(ctx context.Context, which []int) error {
	begin, wanted := time.Now(), roomsOf(which)
	c := claim{wanted: wanted, fresh: p.division.member.Load().Fresh}
	found, err := p.host.Take(ctx, c.mine)
	if err == nil {
		err = c.err()
	}
	if err == nil {
		err = p.tables.take(ctx, which, found)
	}
	if err == nil {
		err = p.dead.take(ctx, wanted)
	}
	if err != nil { // from the beginning, then
		p.give(ctx, which)
		return err
	}
	p.recovered(ctx, &found, time.Since(begin))
	return nil
}

// claim chooses rooms for as long as nobody else can have them.
type claim struct {
	wanted func(room string) bool
	fresh  func() bool
	lapsed bool
}

func (c *claim) mine(room string) bool {
	if !c.wanted(room) {
		return false
	}
	fresh := c.fresh()
	c.lapsed = c.lapsed || !fresh
	return fresh
}

// err says that a room may have been left out for want of certainty. It would be
// nobody's: this process has its share.
func (c *claim) err() error {
	if c.lapsed {
		return fmt.Errorf("the right to the rooms was not renewed in time: %w", natsqueue.ErrFenced)
	}
	return nil
}

// mend takes rooms again that are here and were let go because of somebody who was
// late.
func (p *parts) mend(ctx context.Context, here func(room string) bool) {
	fenced := slices.DeleteFunc(p.host.Fenced(), func(room string) bool { return !here(room) })
	if len(fenced) == 0 {
		return
	}
	mine := func(room string) bool { return slices.Contains(fenced, room) && here(room) }
	found, err := p.host.Take(ctx, mine)
	if err != nil {
		p.log.WarnContext(ctx, "rooms not taken again yet", "rooms", fenced, "error", err)
		return
	}
	p.tables.overAlready(ctx, found.Closed)
}

// mendAlone does so where all rooms are here: then nobody is late, but a store
// that fails in the middle of a write may look like that.
func (p *parts) mendAlone(ctx context.Context) error {
	tick := time.NewTicker(mendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			p.mend(ctx, p.division.holds)
		}
	}
}

const mendEvery = time.Second

// taken has new games opened at the tables of shares whose rooms are here.
func (p *parts) taken(which []int) { p.tables.start(which) }

// give lets the rooms of shares go: the commands that they have got are done,
// their finished games written down, and nothing of them is shown here any more.
func (p *parts) give(ctx context.Context, which []int) {
	p.tables.leave(which)
	for _, room := range p.host.Give(ctx, roomsOf(which)) {
		p.monitor.Forget(room)
	}
	p.tables.left(ctx, which)
	if err := p.dead.give(ctx, roomsOf(which)); err != nil {
		p.log.WarnContext(ctx, "dead letters stay here", "shares", which, "error", err)
	}
}

// ending says whether the games of all processes are over, and so this one's
// work.
func (p *parts) ending() bool {
	p.tables.changed() // it may be waiting for the others
	return p.tables.parts.allPlayedOut()
}

// pass is what goes around all requests; nil where there is no other process.
func (p *parts) pass(c config) func(http.Handler) http.Handler {
	if p.division == nil {
		return nil
	}
	p.passing = newPassing(p.division, c.adminToken != "", p.log)
	return p.passing.around
}

func (p *parts) nodes() func() any {
	if p.division == nil {
		return nil
	}
	return p.division.status
}
