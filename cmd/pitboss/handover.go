package main

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// take has the rooms of shares go on here: their bots and timers, the games of
// tables, and their dead letters.
func (p *parts) take(ctx context.Context, which []int) error {
	begin, wanted := time.Now(), roomsOf(which)
	m := p.division.member.Load()
	mine := func(room string) bool { return wanted(room) && m.Fresh() }
	found, err := p.host.Take(ctx, mine)
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

// mend takes rooms again that are here and were let go because of somebody who was
// late.
func (p *parts) mend(ctx context.Context, here func(room string) bool) {
	p.fenced = append(p.fenced, p.host.Fenced()...)
	p.fenced = slices.DeleteFunc(p.fenced, func(room string) bool { return !p.division.holds(room) })
	if len(p.fenced) == 0 || !p.division.member.Load().Fresh() {
		return
	}
	mine := func(room string) bool { return slices.Contains(p.fenced, room) && here(room) }
	if _, err := p.host.Take(ctx, mine); err != nil {
		p.log.WarnContext(ctx, "rooms not taken again yet", "rooms", p.fenced, "error", err)
		return
	}
	p.fenced = nil
}

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
