package room

import (
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// Seat is a place at the table and who has it.
type Seat struct {
	// Player is who sits there; empty while it is free.
	Player   string     `json:"player"`
	By       PlayerType `json:"player_type,omitempty"`
	Strength string     `json:"strength,omitempty"`
	// Connected and Ready are a person's; Away says that a bot stands in.
	Connected bool `json:"connected"`
	Ready     bool `json:"ready"`
	Away      bool `json:"away"`

	session string
	// untried says that nothing shows yet that the player has the session: the
	// server can be lost after the seat is taken and before it says so.
	untried bool
	left    bool
}

func (s *Seat) free() bool { return s.Player == "" }

// plays says who answers the seat's offers.
func (s *Seat) plays() PlayerType {
	if s.By == Bot || s.Away || s.left {
		return Bot
	}
	return Human
}

// lobby is what a room knows without its game: a fold over its events.
type lobby struct {
	seats   []Seat
	game    string // the match's ID, once started
	state   string // the game's state
	since   time.Time
	created time.Time
	started time.Time
	ended   bool
	closed  bool
	result  *event.Result

	host       int       // the first person's seat, or NoSeat
	emptySince time.Time // when the last person lost connection; zero while one is there
	lastHuman  time.Time // when a person last did something
	actions    int
}

// Waiting is the state of a room whose game has not started.
const Waiting = "WAITING"

func newLobby(seats int) lobby {
	return lobby{seats: make([]Seat, seats), state: Waiting, host: NoSeat}
}

func (l *lobby) clone() lobby {
	c := *l
	c.seats = slices.Clone(l.seats)
	return c
}

func (l *lobby) full() bool {
	return !slices.ContainsFunc(l.seats, func(s Seat) bool { return s.free() })
}

func (l *lobby) freeSeat() int {
	return slices.IndexFunc(l.seats, func(s Seat) bool { return s.free() })
}

func (l *lobby) seatOf(player string) int {
	return slices.IndexFunc(l.seats, func(s Seat) bool { return s.Player == player })
}

// humans reports whether people have a part in the room, and whether one of
// them is connected.
func (l *lobby) humans() (part, connected bool) {
	for i := range l.seats {
		s := &l.seats[i]
		part = part || s.By != Bot
		connected = connected || s.By == Human && s.Connected && !s.left
	}
	return part, connected
}

// peopled reports whether a person still has a seat.
func (l *lobby) peopled() bool {
	return slices.ContainsFunc(l.seats, func(s Seat) bool { return s.By == Human && !s.left })
}

// readyToStart says whether the host, if there is one, has said so, at a full
// table.
func (l *lobby) readyToStart() bool {
	if !l.started.IsZero() || !l.full() {
		return false
	}
	return l.host == NoSeat || l.seats[l.host].Ready
}

// lost says that the seat is a person's who may never have learned the session.
func (s *Seat) lost() bool { return s.untried && !s.Connected && !s.left }

// changesSeats says which events do, so that the others need no copy of them.
func (l *lobby) changesSeats(f Fact) bool {
	switch f.Type {
	case event.RoomJoined, event.RoomLeft, event.PlayerReady,
		event.PlayerConnected, event.PlayerReconnected, event.PlayerDisconnected:
		return true
	case event.PlayerAction:
		a, _ := f.Data.(event.Action)
		return a.Action == event.ActionAway || a.Action == event.ActionBack || f.Seat != NoSeat && l.seats[f.Seat].untried
	}
	return false
}

// joined is the secret of room.joined, and of player.reconnected where the
// player got another session.
type joined struct {
	Session  string `json:"-"` // not even for those who may see hands
	Strength string `json:"strength,omitempty"`
}

// parted is the secret of player.disconnected where it shows for the first time
// that the player has the session.
type parted struct {
	HasSession bool `json:"has_session"`
}

// apply folds one event in. Seats come with the fact; everything else is in
// the event.
func (l *lobby) apply(f Fact, e *event.Event) {
	switch e.Type {
	case event.RoomCreated:
		l.created, l.since, l.lastHuman = e.Time, e.Time, e.Time
	case event.RoomJoined:
		s := &l.seats[f.Seat]
		data, _ := f.Data.(event.Seat)
		secret, _ := f.Secret.(joined)
		*s = Seat{Player: e.Player, By: PlayerType(data.PlayerType), Strength: secret.Strength, session: secret.Session, untried: secret.Session != ""}
		if s.By == Human && l.host == NoSeat {
			l.host = f.Seat
		}
	case event.RoomLeft:
		l.leave(f.Seat, e.Time)
	case event.PlayerReady:
		l.seats[f.Seat].Ready, l.seats[f.Seat].untried = true, false
	case event.PlayerConnected, event.PlayerReconnected:
		s := &l.seats[f.Seat]
		s.Connected = true
		if secret, ok := f.Secret.(joined); ok {
			s.session, s.untried = secret.Session, true
		} else if e.Type == event.PlayerReconnected {
			s.untried = false
		}
		l.emptySince, l.lastHuman = time.Time{}, e.Time
	case event.PlayerDisconnected:
		s := &l.seats[f.Seat]
		secret, _ := f.Secret.(parted)
		s.Connected, s.untried = false, s.untried && !secret.HasSession
		l.noteEmpty(e.Time)
	case event.PlayerAction:
		l.action(f.Seat, f.Data, e.Time)
	case event.GameStarted:
		l.started, l.game = e.Time, e.Game
	case event.StateChanged:
		l.state, l.since = f.Data.(event.StateChange).To, e.Time
	case event.GameEnded:
		result := f.Data.(event.Result)
		l.ended, l.result = true, &result
	case event.RoomClosed:
		l.closed = true
	}
}

// leave frees a seat before the game, and hands it to a bot in its course.
func (l *lobby) leave(seat int, at time.Time) {
	s := &l.seats[seat]
	if l.started.IsZero() {
		*s = Seat{}
		if l.host == seat {
			l.host = slices.IndexFunc(l.seats, func(s Seat) bool { return s.By == Human })
		}
	} else {
		s.left, s.Connected, s.session = true, false, ""
	}
	l.noteEmpty(at)
}

func (l *lobby) noteEmpty(at time.Time) {
	if _, connected := l.humans(); !connected {
		l.emptySince = at
	}
}

func (l *lobby) action(seat int, data any, at time.Time) {
	a, _ := data.(event.Action)
	switch a.Action {
	case event.ActionAway:
		l.seats[seat].Away = true
		return
	case event.ActionBack:
		l.seats[seat].Away = false
	default:
		if a.PlayerType == string(Human) && seat != NoSeat && l.seats[seat].untried {
			l.seats[seat].untried = false
		}
	}
	l.actions++
	if a.PlayerType == string(Human) {
		l.lastHuman = at
	}
}
