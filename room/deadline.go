package room

import (
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// A room has many deadlines but at most a few timers on their way: a timer that
// fires looks at every deadline and sets the next. So a deadline that is met
// costs nothing, and no timer needs to be cancelled.

// timeouts does what is due.
func (r *liveRoom) timeouts(d *draft) error {
	d.timeouts = true
	if !r.armed.After(d.now) {
		r.armed = time.Time{}
	}
	if reason, due := r.abandoned(&d.lobby, d.now); due {
		r.abandon(d, reason)
		return nil
	}
	for _, o := range r.offers {
		if o.overdue(d.now) && r.stands(d, o) {
			r.timeout(d, o)
		}
	}
	return nil
}

// stands reports whether the draft still waits for an offer: another one's
// timeout may have moved the game on.
func (r *liveRoom) stands(d *draft, o OpenOffer) bool {
	if d.lobby.ended {
		return false
	}
	r.scratch = r.match.offers(r.scratch[:0])
	return slices.ContainsFunc(r.scratch, func(p Offer) bool { return p.Seat == o.Seat && p.Turn == o.Turn })
}

// timeout is what becomes of an offer that nobody answered in time: what the
// game says; or a bot stands in for the player; or, where that was a bot
// already, the fault is told and the offer made again.
func (r *liveRoom) timeout(d *draft, o OpenOffer) {
	before := len(d.events)
	err := r.ask(d, &Command{Room: r.id, Type: Timeout, Seat: o.Seat, Turn: o.Turn})
	switch {
	case err == nil && len(d.events) > before:
	case o.Seat != NoSeat && d.lobby.seats[o.Seat].plays() == Human:
		d.add(Fact{Type: event.PlayerAction, Seat: o.Seat, Data: event.Action{
			Seat: o.Seat, Action: event.ActionAway, PlayerType: string(Human),
		}})
	default:
		fault := event.Fault{Error: "late", State: d.lobby.state, Message: "nobody answered in time"}
		if err != nil {
			fault.Error, fault.Message = "timeout_refused", err.Error()
		}
		d.add(Fact{Type: event.ErrorOccurred, Seat: o.Seat, Data: fault})
	}
}

// abandoned says whether nobody can be expected any more.
func (r *liveRoom) abandoned(l *lobby, now time.Time) (reason string, due bool) {
	at, reason := r.abandonAt(l)
	return reason, !at.IsZero() && !at.After(now)
}

func (r *liveRoom) abandonAt(l *lobby) (at time.Time, reason string) {
	human, _ := l.humans()
	if l.closed || l.created.IsZero() || !human {
		return time.Time{}, ""
	}
	at, reason = l.lastHuman.Add(r.host.config.IdleLimit), "idle"
	if !l.emptySince.IsZero() {
		if left := l.emptySince.Add(r.host.config.AbandonAfter); left.Before(at) {
			return left, "left"
		}
	}
	return at, reason
}

func (r *liveRoom) abandon(d *draft, reason string) {
	if !d.lobby.started.IsZero() && !d.lobby.ended {
		d.add(Fact{Type: event.GameEnded, Seat: NoSeat, Data: event.Result{Outcome: event.Abandoned, Winners: []int{}, Scores: []int{}}})
	}
	if !d.lobby.closed {
		d.add(Fact{Type: event.RoomClosed, Seat: NoSeat, Data: event.Closing{Reason: reason}})
	}
}

// next is the room's earliest deadline, zero for none.
func (r *liveRoom) next() time.Time {
	earliest, _ := r.abandonAt(&r.lobby)
	for i := range r.offers {
		if at := r.offers[i].Deadline; !at.IsZero() && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	return earliest
}

// arm sends a timer for the next deadline unless one will be there in time.
func (r *liveRoom) arm(now time.Time) {
	at := r.next()
	if at.IsZero() || !r.armed.IsZero() && !r.armed.After(at) {
		return
	}
	r.armed = at
	r.host.send(r.id, timer, max(at.Sub(now), 0))
}
