package room

import (
	"context"
	"io"

	"github.com/pitboss-dev/pitboss/event"
)

// Follower reads one room's commits from a point of its past onwards, as one
// seat may see them. It reads the room's own log at its own pace, so it needs no
// buffer and delays nobody. It is for one goroutine.
type Follower struct {
	room *liveRoom
	seat int
	seq  uint64 // the last sequence read
	next int    // the next commit
	// older are the events from before the room was recovered.
	older []event.Event
}

// Update is what a follower has not seen yet.
type Update struct {
	// Events are the room's next events; those of one command together.
	Events []event.Event
	// Offers are what they opened.
	Offers []OpenOffer
	// Trace is the commit's.
	Trace string
}

// Follow returns a follower of a room for a seat, or [NoSeat], that starts
// after the sequence since. It fails with a [Refusal] of [CodeNoRoom], or as
// the journal does, where that has to be asked.
func (h *Host) Follow(ctx context.Context, room string, seat int, since uint64) (*Follower, error) {
	r := h.room(room)
	if r == nil {
		return nil, h.Absent(room)
	}
	older, err := r.older(ctx, since)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Follower{room: r, seat: seat, seq: min(since, r.seq), next: commitAfter(r.commits, since), older: older}, nil
}

// Poll returns the next update if there is one. Otherwise it returns a channel
// that is closed once there is, or io.EOF when the room has closed and all was
// read, or a [Refusal] of [CodeMoved] when another host has the room.
func (f *Follower) Poll() (Update, <-chan struct{}, error) {
	if len(f.older) > 0 {
		u := Update{Events: f.older}
		f.seq, f.older = f.older[len(f.older)-1].RoomSeq, nil
		return u, nil, nil
	}
	r := f.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.next < len(r.commits) {
		c := r.commits[f.next]
		f.next++
		u := Update{Events: c.Events, Offers: c.Offers, Trace: c.Trace}
		for len(u.Events) > 0 && u.Events[0].RoomSeq <= f.seq {
			u.Events = u.Events[1:]
		}
		f.seq = c.LastSeq()
		return u, nil, nil
	}
	switch {
	case r.lobby.closed:
		return Update{}, nil, io.EOF
	case r.moved:
		return Update{}, nil, moved(r.id)
	}
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return Update{}, r.changed, nil
}

// Next waits for the next update. It fails as [Follower.Poll] does, or with the
// context's error.
func (f *Follower) Next(ctx context.Context) (Update, error) {
	for {
		u, wait, err := f.Poll()
		if wait == nil || err != nil {
			return u, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return Update{}, context.Cause(ctx)
		}
	}
}

// Seq is the sequence of the last event read.
func (f *Follower) Seq() uint64 { return f.seq }

// Now returns the room's state as the seat may see it and the sequence it
// belongs to.
func (f *Follower) Now() (view any, seq uint64) {
	f.room.mu.Lock()
	defer f.room.mu.Unlock()
	return f.room.match.view(f.seat), f.room.seq
}

// Turn returns the seat's open offer with the moves that are legal, or false.
func (f *Follower) Turn() (offer OpenOffer, state string, legal any, ok bool) {
	f.room.mu.Lock()
	defer f.room.mu.Unlock()
	o := f.room.offerTo(f.seat)
	if o == nil {
		return OpenOffer{}, "", nil, false
	}
	return *o, f.room.lobby.state, f.room.match.legal(f.seat), true
}

// Reveal returns e as the seat may see it: its data holds what the game
// reveals of the secret to this seat, and the secret is gone.
func (f *Follower) Reveal(e event.Event) event.Event {
	switch e.Secret.(type) {
	case nil, joined, parted, Setup: // the room's own secrets are nobody's, the game's neither
	default:
		e.Data = f.room.match.reveal(Fact{Type: e.Type, Data: e.Data, Secret: e.Secret}, f.seat)
	}
	e.Secret = nil
	return e
}
