package visual

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// RoomFilter chooses a page of rooms. Its zero value is the first page of all.
type RoomFilter struct {
	State  string // only in this state; empty: any
	Health Health // only so; empty: any
	// Text is part of the room's ID, its game's or the reason why it is stuck,
	// in whatever case; empty: any.
	Text string
	// Worst has the worst rooms first: by health, then by errors. Such a list has
	// one page; After must be empty.
	Worst bool
	// After is the Next of the page before; empty: the first page.
	After string
	// Limit is how many rooms the page has. Zero or less: 100.
	Limit int
}

// matches reports whether a room is wanted, on whatever page.
func (f *RoomFilter) matches(t *table, health Health, why *Diagnosis) bool {
	if f.State != "" && t.state.name != f.State || f.Health != "" && health != f.Health {
		return false
	}
	return f.Text == "" || contains(t.id, f.Text) || contains(t.match, f.Text) || why != nil && contains(string(why.Reason), f.Text)
}

// contains looks for a part in lower case.
func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), part)
}

// Rooms is how the rooms are. The summary and the states are of all rooms, the
// list is a page of those that match, by ID or the worst first.
type Rooms struct {
	header
	Summary  RoomSummary    `json:"summary"`
	ByState  map[string]int `json:"by_state"` // open rooms
	Matching int            `json:"matching"` // on all pages
	Rooms    []RoomStatus   `json:"rooms"`
	Next     string         `json:"next,omitempty"`
}

// RoomSummary counts rooms. Total includes the closed ones that are still
// shown; players, bots and health are those of open rooms.
type RoomSummary struct {
	Total   int            `json:"total_rooms"`
	Active  int            `json:"active_rooms"`
	Players int            `json:"players"`
	Bots    int            `json:"bots"`
	Health  map[Health]int `json:"health"`
	Stuck   map[Reason]int `json:"stuck"`
}

// RoomStatus is one room. Phase durations are in seconds, the present phase
// included.
type RoomStatus struct {
	Room      string             `json:"room_id"`
	Game      string             `json:"game_id"`
	GameName  string             `json:"game"`
	State     string             `json:"state"`
	Since     time.Time          `json:"state_since"` // when the room came into its state
	Players   int                `json:"players"`
	Bots      int                `json:"bots"`
	CreatedAt time.Time          `json:"created_at"`
	Last      time.Time          `json:"last_activity"`
	Actions   uint64             `json:"actions"`
	Errors    uint64             `json:"errors"`
	Health    Health             `json:"health"`
	Stuck     *Diagnosis         `json:"stuck,omitempty"`
	Phases    map[string]float64 `json:"phase_durations"`
	Closed    bool               `json:"closed,omitempty"`
}

// Rooms judges every room and returns the page asked for.
func (v *Visual) Rooms(f RoomFilter) Rooms {
	r := Rooms{
		Summary: RoomSummary{Health: make(map[Health]int), Stuck: make(map[Reason]int)},
		ByState: make(map[string]int), Rooms: []RoomStatus{},
	}
	for _, h := range Healths() {
		r.Summary.Health[h] = 0
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var now time.Time
	r.header, now = v.header("room_status")
	e := v.evidence(now)
	page := page{most: f.Limit + 1}
	f.Text = strings.ToLower(f.Text)
	v.commits.Lock()
	defer v.commits.Unlock()
	v.each(now, func(t *table) {
		health, why := r.count(&e, t)
		if !f.matches(t, health, why) {
			return
		}
		r.Matching++
		if f.After != "" && t.id <= f.After {
			return
		}
		at := place{id: t.id}
		if f.Worst {
			at.severity, at.errors = health.severity(), t.errors
		}
		if page.wants(at) {
			page.add(at, t.status(now, health, why))
		}
	})
	r.Rooms = append(r.Rooms, page.sorted()...)
	if len(r.Rooms) > f.Limit {
		r.Rooms = r.Rooms[:f.Limit]
		if !f.Worst {
			r.Next = r.Rooms[f.Limit-1].Room
		}
	}
	return r
}

// count adds a room to the summary.
func (r *Rooms) count(e *evidence, t *table) (Health, *Diagnosis) {
	r.Summary.Total++
	if !t.closed.IsZero() {
		return Healthy, nil
	}
	r.Summary.Active++
	people, bots := t.seated()
	r.Summary.Players += people
	r.Summary.Bots += bots
	r.ByState[t.state.name]++
	health, why := e.health(t)
	r.Summary.Health[health]++
	if why != nil {
		r.Summary.Stuck[why.Reason]++
	}
	return health, why
}

func (t *table) status(now time.Time, health Health, why *Diagnosis) RoomStatus {
	people, bots := t.seated()
	s := RoomStatus{
		Room: t.id, Game: t.match, GameName: t.game, State: t.state.name, Since: t.entered.UTC(), Players: people, Bots: bots,
		CreatedAt: t.created.UTC(), Last: t.last.UTC(), Actions: t.actions, Errors: t.errors,
		Health: health, Stuck: why, Phases: make(map[string]float64, len(t.phases)+1), Closed: !t.closed.IsZero(),
	}
	for _, p := range t.phases {
		s.Phases[p.state.name] += p.total.Seconds()
	}
	if !s.Closed {
		s.Phases[s.State] += now.Sub(t.entered).Seconds()
	}
	return s
}

// StuckRooms returns the rooms that are stuck, by ID.
func (v *Visual) StuckRooms() []RoomStatus {
	now := v.config.Now()
	e := v.evidence(now)
	var stuck []RoomStatus
	v.commits.Lock()
	defer v.commits.Unlock()
	v.each(now, func(t *table) {
		if !t.closed.IsZero() {
			return
		}
		if health, why := e.health(t); why != nil {
			stuck = append(stuck, t.status(now, health, why))
		}
	})
	slices.SortFunc(stuck, func(a, b RoomStatus) int { return cmp.Compare(a.Room, b.Room) })
	return stuck
}
