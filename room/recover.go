package room

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
)

// Recovered is what [Host.Recover] found.
type Recovered struct {
	// Open are the rooms that go on, by the order in which they were created;
	// Closed those that can still be looked at.
	Open, Closed []string
	Events       int
}

// Recover opens all rooms of the journal again, if that is a [Lasting] one: each
// as it was after its last event, with its offers, which are made anew, its
// deadlines, which begin anew, and without its connections. It comes before
// [Host.Run]; its rooms move once that runs. It fails if a room cannot be read.
//
// Whoever ran these rooms before cannot append to their journals any more.
func (h *Host) Recover(ctx context.Context) (Recovered, error) {
	journal, ok := h.journal.(Lasting)
	if !ok {
		return Recovered{}, nil
	}
	names, err := journal.Rooms(ctx)
	if err != nil {
		return Recovered{}, fmt.Errorf("recover rooms: %w", err)
	}
	rooms, err := h.takeAll(ctx, journal, names, func(_ string, err error) error { return err })
	if err != nil {
		return Recovered{}, fmt.Errorf("recover rooms: %w", err)
	}
	found := h.settle(rooms)
	h.forgetSurplus(ctx)
	for _, id := range found.Open {
		if err := h.Submit(correlation.With(ctx, correlation.New()), Command{Room: id, Type: resume, Seat: NoSeat}, nil); err != nil {
			return found, fmt.Errorf("recover room %s: %w", id, err)
		}
	}
	return found, nil
}

// settle has the host know rooms that were read. They may be more than it is to
// keep, until the next one closes.
func (h *Host) settle(rooms []*liveRoom) (found Recovered) {
	h.mu.Lock()
	rooms = slices.DeleteFunc(rooms, func(r *liveRoom) bool { return h.rooms[r.id] != nil }) // it was just opened, and will be fenced
	for _, r := range rooms {
		h.rooms[r.id] = r
		delete(h.fenced, r.id)
	}
	h.live += len(rooms)
	h.mu.Unlock()
	slices.SortFunc(rooms, func(a, b *liveRoom) int {
		return cmp.Or(a.lobby.created.Compare(b.lobby.created), strings.Compare(a.id, b.id))
	})
	for _, r := range rooms {
		found.Events += int(r.seq)
		if r.lobby.closed {
			found.Closed = append(found.Closed, r.id)
		} else {
			found.Open = append(found.Open, r.id)
		}
	}
	// Those that closed first are forgotten first.
	slices.SortStableFunc(rooms, func(a, b *liveRoom) int { return a.last.Compare(b.last) })
	for _, r := range rooms {
		if r.lobby.closed {
			h.retire(r)
		}
	}
	return found
}

// open makes a room of the events of its first command, or more.
func (h *Host) open(id string, events []event.Event) (*liveRoom, error) {
	opening, ok := events[0].Data.(event.Opening)
	if !ok || events[0].RoomSeq != 1 {
		return nil, fmt.Errorf("room %s: its journal begins with event %d, %s", id, events[0].RoomSeq, events[0].Type)
	}
	rules, ok := h.games[opening.Game]
	if !ok {
		return nil, fmt.Errorf("room %s: game %q is not run here", id, opening.Game)
	}
	setup, _ := events[0].Secret.(Setup)
	r := newLiveRoom(h, rules, Spec{ID: id, Game: opening.Game, Bots: opening.Bots, Seed: setup.Seed})
	if err := r.replay(events); err != nil {
		return nil, err
	}
	return r, nil
}

// replay folds in events. Nobody else has seen the room yet.
func (r *liveRoom) replay(events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	p := Past{lobby: r.lobby, match: r.match, seq: r.seq}
	r.match.begin()
	for i := range events {
		if err := p.add(&events[i]); err != nil {
			return err
		}
	}
	r.match.commit()
	c := &Commit{
		Room: r.id, Game: p.lobby.game, GameName: r.game.name, Seat: NoSeat,
		Time: events[0].Time, Received: events[0].Time, Done: events[0].Time, Events: events, match: r.match,
	}
	r.lobby, r.seq, r.last = p.lobby, p.seq, c.Time
	r.commits = append(r.commits, c)
	r.rememberAll(events)
	return nil
}

// rememberAll has the room know the answers to accepted commands again, so that
// a client that saw none can repeat them. Those of whoever sat in a seat before
// are not its new player's.
func (r *liveRoom) rememberAll(events []event.Event) {
	for i := range events {
		e := &events[i]
		var c Command
		switch data := e.Data.(type) {
		case event.Action:
			c = Command{ID: data.Command, Seat: data.Seat}
		case event.Seat:
			c = Command{ID: data.Command, Seat: data.Seat}
			if e.Type == event.RoomJoined && data.Seat >= 0 && data.Seat < MaxSeats {
				r.answers[data.Seat] = answers{}
			}
		}
		r.remember(&c, Answer{Seat: c.Seat, Seq: events[len(events)-1].RoomSeq, CorrelationID: e.CorrelationID})
	}
}

// resume tells that the room goes on, and takes leave of the connections of
// before. That makes the game's offers again, so that bots are asked, and its
// timers. It always adds an event: whoever had the room before cannot append then.
func (r *liveRoom) resume(d *draft) {
	if d.lobby.closed {
		return
	}
	resumption := event.Resumption{Reason: "recovered", State: d.lobby.state}
	for seat := range d.lobby.seats {
		s := &d.lobby.seats[seat]
		resumption.Players = append(resumption.Players, event.Player{Player: s.Player, PlayerType: string(s.By)})
	}
	d.add(Fact{Type: event.GameResumed, Seat: NoSeat, Data: resumption})
	for seat := range d.lobby.seats {
		if s := &d.lobby.seats[seat]; s.By == Human && s.Connected {
			d.add(d.seatFact(event.PlayerDisconnected, seat))
		}
	}
}

// giveUp ends a room that has another owner: followers find that out, and
// nothing more comes of it here.
func (r *liveRoom) giveUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moved = true
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}
