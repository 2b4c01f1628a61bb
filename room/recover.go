package room

import (
	"context"
	"fmt"
	"slices"

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

// Recover opens the rooms of the journal again, if that is a [Catalogue]: each
// as it was after its last event, with its offers, which are made anew, its
// deadlines, which begin anew, and without its connections. It comes before
// [Host.Run]; its rooms move once that runs.
//
// Whoever ran these rooms before cannot append to their journals any more.
func (h *Host) Recover(ctx context.Context) (Recovered, error) {
	journal, ok := h.journal.(Catalogue)
	if !ok {
		return Recovered{}, nil
	}
	rooms, err := h.replayAll(ctx, journal)
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
	for _, r := range rooms {
		if h.rooms[r.id] == nil {
			h.live++
		}
		h.rooms[r.id] = r
	}
	h.mu.Unlock()
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

// replayAll opens every room as it was after its last event.
func (h *Host) replayAll(ctx context.Context, journal Catalogue) ([]*liveRoom, error) {
	r := newRecovery(h, journal)
	each := journal.Each
	if snapshots, ok := journal.(Snapshots); ok {
		err := snapshots.Saved(ctx, func(room string, seq uint64, text []byte) error {
			r.saved[room] = savedRoom{seq, text}
			return nil
		})
		if err != nil {
			return nil, err
		}
		each = func(ctx context.Context, each func(string, []event.Event) error) error {
			return snapshots.EachBut(ctx, r.skip, each)
		}
	}
	if err := each(ctx, r.add); err != nil {
		return nil, err
	}
	for i, room := range r.rooms {
		if err := r.mend(ctx, &r.rooms[i]); err != nil {
			return nil, fmt.Errorf("room %s: %w", room.id, err)
		}
	}
	return r.rooms, nil
}

// recovery reads the journals of rooms. The host does not know these yet.
type recovery struct {
	host     *Host
	journal  Journal
	rooms    []*liveRoom
	byID     map[string]*liveRoom
	saved    map[string]savedRoom
	last     map[string]uint64 // in the journal, of rooms that have a snapshot
	unusable map[string]error  // snapshots
}

func newRecovery(h *Host, journal Journal) *recovery {
	return &recovery{
		host: h, journal: journal, byID: make(map[string]*liveRoom),
		saved: make(map[string]savedRoom), last: make(map[string]uint64), unusable: make(map[string]error),
	}
}

// savedRoom is a room's snapshot.
type savedRoom struct {
	seq  uint64
	text []byte
}

// skip says whether a room's events up to last are in its snapshot.
func (r *recovery) skip(room string, last uint64) bool {
	saved, ok := r.saved[room]
	if ok {
		r.last[room] = last
	}
	return last <= saved.seq
}

// add folds in the events of one command; a room's first ones open it.
func (r *recovery) add(id string, events []event.Event) error {
	if room := r.byID[id]; room != nil {
		if _, given := r.unusable[id]; given {
			return nil
		}
		return room.replay(events)
	}
	room, err := r.host.reopen(id, events)
	if err != nil {
		return err
	}
	r.rooms, r.byID[id] = append(r.rooms, room), room
	if err := room.replay(events); err != nil {
		return err
	}
	if saved := r.saved[id]; saved.seq > room.seq {
		if err := room.restore(saved.text); err != nil {
			r.unusable[id] = err
		}
	}
	return nil
}

// mend reads a room again, from its first event, if its snapshot is of no use:
// it cannot be read, or a power cut has left the journal behind it.
func (r *recovery) mend(ctx context.Context, room **liveRoom) error {
	id, base := (*room).id, (*room).base
	useless := r.unusable[id]
	if useless == nil && base > r.last[id] {
		useless = fmt.Errorf("it is of event %d, and the journal ends with %d", base, r.last[id])
	}
	if useless == nil {
		return nil
	}
	r.host.config.Log.WarnContext(ctx, "the room's snapshot is not used", "room", id, "error", useless)
	events, err := r.journal.Read(ctx, id, 0)
	if err != nil {
		return err
	}
	if *room, err = r.host.reopen(id, events); err != nil {
		return err
	}
	return (*room).replay(events)
}

// reopen makes an empty room from the first of its events.
func (h *Host) reopen(id string, events []event.Event) (*liveRoom, error) {
	opening, ok := events[0].Data.(event.Opening)
	if !ok || events[0].RoomSeq != 1 {
		return nil, fmt.Errorf("room %s: its journal begins with event %d, %s", id, events[0].RoomSeq, events[0].Type)
	}
	rules, ok := h.games[opening.Game]
	if !ok {
		return nil, fmt.Errorf("room %s: game %q is not run here", id, opening.Game)
	}
	setup, _ := events[0].Secret.(Setup)
	return newLiveRoom(h, rules, Spec{ID: id, Game: opening.Game, Bots: opening.Bots, Seed: setup.Seed}), nil
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
// a client that saw none can repeat them.
func (r *liveRoom) rememberAll(events []event.Event) {
	for i := range events {
		if action, ok := events[i].Data.(event.Action); ok && action.Command != "" {
			r.remember(&Command{ID: action.Command, Seat: action.Seat}, Answer{
				Seat: action.Seat, Seq: events[len(events)-1].RoomSeq, CorrelationID: events[i].CorrelationID,
			})
		}
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
