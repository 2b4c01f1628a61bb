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
	// ID names the room; see [NameAllowed]. Empty: a random one.
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
// bots only starts at once. If Create fails because the context has ended or
// another host has taken over, the room may be there all the same; creating it
// again will tell.
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
		spec.ID = h.freeName()
	} else if !WellFormedName(spec.ID) {
		faults.Add("room", spec.ID, NameAllowed)
	}
	if err := faults.Err(); err != nil {
		return "", err
	}
	r, unbroken := newLiveRoom(h, rules, spec), h.config.Hold()
	if err := h.admit(r); err != nil {
		return "", err
	}
	if err := h.begin(ctx, r); err != nil {
		return "", h.unlessThere(ctx, spec.ID, err)
	}
	switch held, err := unbroken(ctx); {
	case err != nil:
		return "", fmt.Errorf("room %s: %w", spec.ID, err)
	case !held:
		return "", moved(spec.ID)
	}
	return spec.ID, nil
}

// begin has a room's journal begun. If ctx ends before that, the room is there
// once it has.
func (h *Host) begin(ctx context.Context, r *liveRoom) error {
	opened := make(chan error, 1)
	err := h.Submit(ctx, Command{Room: r.id, Type: open, Seat: NoSeat}, func(a Answer) {
		if a.Err != nil {
			h.dismiss(r)
		}
		opened <- a.Err
	})
	if err != nil {
		h.dismiss(r)
		return err
	}
	select {
	case err := <-opened:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// unlessThere is why a room could not be opened: the journal may have one of that
// name which this host never took, because whoever had the name before opened it
// at the last moment. Then it is taken now.
func (h *Host) unlessThere(ctx context.Context, id string, err error) error {
	if _, shared := h.journal.(Lasting); !shared || !errors.Is(err, &Refusal{Code: CodeMoved}) || !h.config.Holds(id) {
		return err
	}
	mine := func(room string) bool { return room == id && h.config.Holds(id) }
	if _, failed := h.Take(ctx, mine); failed != nil || h.room(id) == nil {
		return err
	}
	return fmt.Errorf("room %s: %w", id, ErrRoomExists)
}

// freeName is a random one that falls to this host, if it has any.
func (h *Host) freeName() (name string) {
	for range 1000 {
		if name = "r-" + strings.ToLower(rand.Text()[:12]); h.config.Holds(name) {
			break
		}
	}
	return name
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
	if !h.config.Holds(r.id) { // under the lock: what is let in before is found by Give
		return moved(r.id)
	}
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
	if h.rooms[r.id] != r {
		return
	}
	delete(h.rooms, r.id)
	h.live--
	if journal, ok := h.journal.(Lasting); ok {
		journal.LetGo(r.id)
	}
}

// retire counts a closed room as finished, once.
func (h *Host) retire(r *liveRoom) bool {
	if r.retired {
		return false
	}
	r.retired = true
	class := 0
	if people, _ := r.lobby.humans(); people {
		class = 1
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.id] != r { // another host has it
		return false
	}
	h.live--
	h.finished[class] = append(h.finished[class], r.id)
	return true
}

// forgetSurplus forgets the oldest of the closed rooms that are too many.
func (h *Host) forgetSurplus(ctx context.Context) {
	var forgotten []string
	h.mu.Lock()
	for class := range h.finished {
		surplus := len(h.finished[class]) - h.config.RetainFinished
		forgotten = append(forgotten, h.forgetFinished(class, func(string) bool {
			surplus--
			return surplus >= 0
		})...)
	}
	forgotten = append(forgotten, h.oversized()...)
	h.mu.Unlock()
	h.forgetJournals(ctx, forgotten)
}

// forgetFinished forgets the oldest closed rooms of a class, for as long as they
// are too many or too old; but for those that are kept. The lock is held.
func (h *Host) forgetFinished(class int, surplus func(id string) bool) (forgotten []string) {
	var kept []string
	ids := h.finished[class]
	for len(ids) > 0 && surplus(ids[0]) {
		if h.config.Keep(ids[0]) {
			kept = append(kept, ids[0])
		} else {
			delete(h.rooms, ids[0])
			forgotten = append(forgotten, ids[0])
		}
		ids = ids[1:]
	}
	h.finished[class] = append(kept, ids...)
	return forgotten
}

// Sweep forgets the rooms that closed before the given time, and returns how
// many they were. Those that Config.RetainFinished let go are forgotten already.
func (h *Host) Sweep(ctx context.Context, closedBefore time.Time) int {
	h.mu.Lock()
	var forgotten []string
	for class := range h.finished {
		forgotten = append(forgotten, h.forgetFinished(class, func(id string) bool {
			return h.rooms[id].lastBefore(closedBefore)
		})...)
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

// NameAllowed says what [WellFormedName] accepts.
const NameAllowed = "1 to 64 letters, digits, '-', '_' or '.', but not '.' or '..'"

// WellFormedName reports whether a room or a player may be called so: 1 to 64
// letters, digits, '-', '_' or '.'. The two names that a path takes for itself
// and for what is above it are not allowed: no client could ask for them.
func WellFormedName(name string) bool {
	if name == "" || len(name) > 64 || name == "." || name == ".." {
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
