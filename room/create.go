package room

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// ErrTooManyRooms says that the host runs as many rooms as it may.
var ErrTooManyRooms = errors.New("too many rooms")

// ErrRoomExists says that a room's ID is taken.
var ErrRoomExists = errors.New("room exists")

// Spec describes a room to open.
type Spec struct {
	// ID names the room, by letters, digits, '-', '_' and '.', 64 at most.
	// Empty: a random one.
	ID string
	// Game is the name of the rules.
	Game string
	// Bots is how many seats bots take; the rest is for people.
	Bots int
	// Strength is how well the bots play, in the game's own words.
	Strength string
	// Seed is where the game's chance comes from.
	Seed uint64
}

// Create opens a room and returns its ID once its journal has begun. A room of
// bots only starts at once.
func (h *Host) Create(ctx context.Context, spec Spec) (string, error) {
	rules, ok := h.games[spec.Game]
	var faults pitboss.FieldErrors
	if !ok {
		faults.Add("game", spec.Game, strings.Join(h.Games(), " or "))
	} else if seats := rules.game().seats; spec.Bots < 0 || spec.Bots > seats {
		faults.Add("bots", spec.Bots, fmt.Sprintf("0 to %d", seats))
	} else if words := rules.game().strengths; spec.Strength != "" && len(words) > 0 && !slices.Contains(words, spec.Strength) {
		faults.Add("strength", spec.Strength, strings.Join(words, ", "))
	}
	if spec.ID == "" {
		spec.ID = "r-" + strings.ToLower(rand.Text()[:12])
	} else if !WellFormedName(spec.ID) {
		faults.Add("room", spec.ID, nameAllowed)
	}
	if err := faults.Err(); err != nil {
		return "", err
	}
	r := newLiveRoom(h, rules, spec)
	if err := h.admit(r); err != nil {
		return "", err
	}
	answer, err := h.Do(ctx, Command{Room: spec.ID, Type: open, Seat: NoSeat})
	if err == nil {
		err = answer.Err
	}
	if err != nil {
		h.dismiss(r)
		return "", err
	}
	return spec.ID, nil
}

// Games returns the names of the rules, sorted.
func (h *Host) Games() []string {
	names := make([]string, 0, len(h.games))
	for name := range h.games {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (h *Host) admit(r *liveRoom) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.live >= h.config.MaxRooms {
		return fmt.Errorf("%w: %d are open; wait until one ends", ErrTooManyRooms, h.live)
	}
	if _, taken := h.rooms[r.id]; taken {
		return fmt.Errorf("room %s: %w", r.id, ErrRoomExists)
	}
	h.rooms[r.id] = r
	h.live++
	return nil
}

// dismiss undoes admit for a room that could not be opened.
func (h *Host) dismiss(r *liveRoom) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.id] == r {
		delete(h.rooms, r.id)
		h.live--
	}
}

// retire counts a closed room as finished, and forgets the oldest ones.
func (h *Host) retire(ctx context.Context, r *liveRoom) {
	if r.retired {
		return
	}
	r.retired = true
	class := 0
	if people, _ := r.lobby.humans(); people {
		class = 1
	}
	h.mu.Lock()
	h.live--
	h.finished[class] = append(h.finished[class], r.id)
	var forgotten []string
	if extra := len(h.finished[class]) - h.config.RetainFinished; extra > 0 {
		forgotten = slices.Clone(h.finished[class][:extra])
		h.finished[class] = slices.Delete(h.finished[class], 0, extra)
	}
	forgotten = append(forgotten, h.oversized()...)
	for _, id := range forgotten {
		delete(h.rooms, id)
	}
	h.mu.Unlock()
	h.forgetJournals(ctx, forgotten)
}

// Sweep forgets the rooms that closed before the given time, and returns how
// many they were. Those that Config.RetainFinished let go are forgotten already.
func (h *Host) Sweep(ctx context.Context, closedBefore time.Time) int {
	h.mu.Lock()
	var forgotten []string
	for class, ids := range h.finished {
		old := 0
		for old < len(ids) && h.rooms[ids[old]].lastBefore(closedBefore) {
			delete(h.rooms, ids[old])
			old++
		}
		forgotten = append(forgotten, ids[:old]...)
		h.finished[class] = slices.Delete(ids, 0, old)
	}
	h.mu.Unlock()
	h.forgetJournals(ctx, forgotten)
	return len(forgotten)
}

// Forget removes a room that has closed, and its journal. A room that is open or
// not there stays so.
func (h *Host) Forget(ctx context.Context, room string) error {
	h.mu.Lock()
	found := false
	for class, ids := range h.finished {
		if i := slices.Index(ids, room); i >= 0 {
			h.finished[class] = slices.Delete(ids, i, i+1)
			delete(h.rooms, room)
			found = true
		}
	}
	h.mu.Unlock()
	if !found {
		return nil
	}
	return h.journal.Forget(ctx, room)
}

func (h *Host) forgetJournals(ctx context.Context, rooms []string) {
	for _, id := range rooms {
		if err := h.journal.Forget(ctx, id); err != nil {
			h.config.Log.ErrorContext(ctx, "journal kept", "room", id, "error", err)
		}
	}
}

// nameAllowed says what WellFormedName accepts.
const nameAllowed = "1 to 64 letters, digits, '-', '_' or '.'"

// WellFormedName reports whether a room or a player may be called so: 1 to 64
// letters, digits, '-', '_' or '.'.
func WellFormedName(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
