package room

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// Info is what everybody may know of a room.
type Info struct {
	Room      string        `json:"room"`
	GameName  string        `json:"game"`
	GameID    string        `json:"game_id,omitempty"`
	State     string        `json:"state"`
	Seq       uint64        `json:"seq"`
	Seats     []Seat        `json:"seats"`
	Players   int           `json:"players"`
	Bots      int           `json:"bots"`
	CreatedAt time.Time     `json:"created_at"`
	StartedAt *time.Time    `json:"started_at,omitempty"`
	Last      time.Time     `json:"last_activity"`
	Actions   int           `json:"actions"`
	Errors    int           `json:"errors"`
	Closed    bool          `json:"closed"`
	Result    *event.Result `json:"result,omitempty"`
	// View is the game's state as a spectator sees it. [Host.Rooms] leaves it
	// out.
	View any `json:"view,omitempty"`
}

// Info describes a room, or returns false if there is none.
func (h *Host) Info(room string) (Info, bool) {
	r := h.room(room)
	if r == nil {
		return Info{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	info := r.info()
	info.View = r.match.view(NoSeat)
	return info, true
}

// Rooms describes every room that is there, closed ones included, by ID.
func (h *Host) Rooms() []Info {
	h.mu.RLock()
	rooms := make([]*liveRoom, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	h.mu.RUnlock()
	infos := make([]Info, 0, len(rooms))
	for _, r := range rooms {
		r.mu.Lock()
		infos = append(infos, r.info())
		r.mu.Unlock()
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Room, b.Room) })
	return infos
}

func (r *liveRoom) info() Info {
	info := Info{
		Room: r.id, GameName: r.game.name, GameID: r.lobby.game, State: r.lobby.state, Seq: r.seq,
		Seats: slices.Clone(r.lobby.seats), CreatedAt: r.lobby.created, Last: r.last,
		Actions: r.lobby.actions, Errors: r.errors, Closed: r.lobby.closed, Result: r.lobby.result,
	}
	if !r.lobby.started.IsZero() {
		started := r.lobby.started
		info.StartedAt = &started
	}
	for i := range info.Seats {
		switch info.Seats[i].By {
		case Human:
			info.Players++
		case Bot:
			info.Bots++
		}
	}
	return info
}

// Events returns the events of a room after a sequence, secrets included, up to
// what followers may know. They come from memory, so that who reads the past
// does not delay the room, or from the journal where they are older than the
// snapshot that the room was recovered from. It fails as [Host.Follow] does.
func (h *Host) Events(ctx context.Context, room string, after uint64) ([]event.Event, error) {
	r := h.room(room)
	if r == nil {
		return nil, h.Absent(room)
	}
	older, err := r.older(ctx, after)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	commits, last := r.commits, r.seq
	r.mu.Unlock()
	events := append(make([]event.Event, 0, last-min(after, last)), older...)
	for _, c := range commits[commitAfter(commits, after):] {
		for i := range c.Events {
			if c.Events[i].RoomSeq > after {
				events = append(events, c.Events[i])
			}
		}
	}
	return events, nil
}

// errLost says that a journal has lost events of a room that is there.
var errLost = errors.New("events are missing")

// older returns the events after a sequence that are not in memory.
func (r *liveRoom) older(ctx context.Context, after uint64) ([]event.Event, error) {
	if after >= r.base {
		return nil, nil
	}
	events, err := r.host.journal.Read(ctx, r.id, after)
	if err != nil {
		return nil, fmt.Errorf("room %s: %w", r.id, err)
	}
	missing := r.base - after
	switch {
	case uint64(len(events)) >= missing && events[missing-1].RoomSeq == r.base:
		return events[:missing:missing], nil
	case r.host.room(r.id) != r:
		return nil, Refuse(CodeNoRoom, "room %q has just been forgotten", r.id)
	}
	return nil, fmt.Errorf("room %s: of its events from %d to %d some are not in the journal: %w", r.id, after+1, r.base, errLost)
}

// commitAfter is the index of the first commit that goes beyond a sequence.
func commitAfter(commits []*Commit, seq uint64) int {
	return sort.Search(len(commits), func(i int) bool { return commits[i].LastSeq() > seq })
}
