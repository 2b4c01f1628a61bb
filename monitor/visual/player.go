package visual

import (
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// playerKey tells a person from a bot of the same name.
type playerKey struct {
	name string
	by   room.PlayerType
}

// player is what is remembered of one.
type player struct {
	key           playerKey
	first, last   time.Time
	seats         int // taken now
	games, wins   uint64
	abandoned     uint64
	actions       []tally
	rejections    uint64
	leftBy        []tally // by state: left, lost or let the time pass
	disconnects   uint64
	reconnects    uint64
	timeouts      uint64
	responses     uint64
	response, max time.Duration

	newer, older *player
	forgotten    bool // though it may still have a seat
}

// tally counts something by name; the last of many is for all others.
type tally struct {
	name  string
	count uint64
}

const maxTallies = 16

func add(tallies []tally, name string) []tally {
	for i := range tallies {
		if tallies[i].name == name || i == maxTallies-1 {
			tallies[i].count++
			return tallies
		}
	}
	if len(tallies) == maxTallies-1 {
		name = other
	}
	return append(tallies, tally{name, 1})
}

// players remembers people, the ones seen last first, and forgets those who
// were not seen for long. Bots share the names of their seats, so they are few.
type players struct {
	config         *Config
	byKey          map[playerKey]*player
	newest, oldest *player
	business       business
}

func (l *players) begin(c *Config) {
	l.config = c
	l.byKey = make(map[playerKey]*player)
}

// see makes p the one seen last.
func (l *players) see(p *player, at time.Time) {
	if at.After(p.last) {
		p.last = at
	}
	if l.newest == p || p.forgotten {
		return
	}
	l.unlink(p)
	l.link(p)
}

func (l *players) link(p *player) {
	p.older = l.newest
	if p.older != nil {
		p.older.newer = p
	} else {
		l.oldest = p
	}
	l.newest = p
}

func (l *players) unlink(p *player) {
	switch {
	case p.newer != nil:
		p.newer.older = p.older
	case l.newest == p:
		l.newest = p.older
	}
	switch {
	case p.older != nil:
		p.older.newer = p.newer
	case l.oldest == p:
		l.oldest = p.newer
	}
	p.newer, p.older = nil, nil
}

func (l *players) sweep(now time.Time) {
	for p := l.oldest; p != nil && (len(l.byKey) > l.config.MaxPlayers || now.Sub(p.last) >= l.config.PlayerRetention); p = l.oldest {
		l.unlink(p)
		delete(l.byKey, p.key)
		p.forgotten = true
	}
}

// join finds or begins the player who takes a seat.
func (l *players) join(name string, by room.PlayerType, at time.Time) *player {
	key := playerKey{name, by}
	p := l.byKey[key]
	if p == nil {
		p = &player{key: key, first: at}
		l.byKey[key] = p
	}
	p.seats++
	l.see(p, at)
	l.sweep(at)
	return p
}

func (l *players) leave(p *player) {
	p.seats--
}

func (l *players) leaveAll(seats *[room.MaxSeats]*player) {
	for _, p := range seats {
		if p != nil {
			p.seats--
		}
	}
}

// change has f change a player who is there, and notes the sign of life.
func (l *players) change(p *player, at time.Time, f func()) {
	if p == nil {
		return
	}
	l.see(p, at)
	f()
}

func (l *players) acted(p *player, action string, response time.Duration, at time.Time) {
	l.see(p, at)
	p.actions = add(p.actions, action)
	if response > 0 {
		p.responses++
		p.response += response
		p.max = max(p.max, response)
	}
}

func (l *players) rejected(p *player, at time.Time) {
	l.change(p, at, func() { p.rejections++ })
}

func (l *players) away(p *player, state string, at time.Time) {
	l.change(p, at, func() {
		p.timeouts++
		p.leftBy = add(p.leftBy, state)
	})
}

func (l *players) left(p *player, state string, at time.Time) {
	l.change(p, at, func() {
		p.abandoned++
		p.leftBy = add(p.leftBy, state)
	})
}

func (l *players) connected(p *player, at time.Time, again bool) {
	l.change(p, at, func() {
		if again {
			p.reconnects++
		}
	})
}

func (l *players) disconnected(p *player, at time.Time) {
	l.change(p, at, func() { p.disconnects++ })
}

func (l *players) started(at time.Time, people, bots int) {
	h := l.business.hour(at)
	h.started++
	h.people += uint64(people)
	h.bots += uint64(bots)
}

func (l *players) ended(seats *[room.MaxSeats]*player, result *event.Result, actions uint64, at time.Time) {
	h := l.business.hour(at)
	h.actions += actions
	if result.Outcome != event.Completed {
		h.abandoned++
		return
	}
	h.completed++
	h.lasted += time.Duration(result.DurationSeconds * float64(time.Second))
	for seat, p := range seats {
		if p == nil {
			continue
		}
		p.games++
		if slices.Contains(result.Winners, seat) {
			p.wins++
		}
	}
}
