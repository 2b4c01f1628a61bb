package visual

import (
	"cmp"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/room"
)

// hours is how far the business figures look back.
const hours = 24

// business counts games by the hour.
type business struct{ ring [hours + 1]hour }

type hour struct {
	hour                          int64 // since 1970
	started, completed, abandoned uint64
	people, bots, actions         uint64
	lasted                        time.Duration // of completed games
}

func (b *business) hour(at time.Time) *hour {
	n := at.Unix() / 3600
	h := &b.ring[int(uint64(n)%uint64(len(b.ring)))]
	if h.hour < n {
		*h = hour{hour: n}
	}
	return h
}

// last returns the last hours, oldest first.
func (b *business) last(now time.Time) []hour {
	list := make([]hour, hours)
	first := now.Unix()/3600 - hours + 1
	for i := range list {
		list[i].hour = first + int64(i)
		if h := b.ring[int(uint64(list[i].hour)%uint64(len(b.ring)))]; h.hour == list[i].hour {
			list[i] = h
		}
	}
	return list
}

// Activity is what players do, and what that means for the house.
type Activity struct {
	header
	Summary      ActivitySummary `json:"summary"`
	GamesPerHour []Hour          `json:"games_per_hour"` // oldest first
	PhasesLeft   []PhaseLeft     `json:"phases_left"`    // the most often left first
	Players      []Player        `json:"players"`        // the one seen last first
}

// ActivitySummary is of the last 24 hours but for the counts of players. Means
// are per game.
type ActivitySummary struct {
	// Known are the people remembered, Seated those who have a seat now.
	Known  int `json:"players_known"`
	Seated int `json:"players_seated"`

	GamesStarted   uint64  `json:"games_started"`
	GamesCompleted uint64  `json:"games_completed"`
	GamesAbandoned uint64  `json:"games_abandoned"`
	CompletionRate float64 `json:"completion_rate"` // of the games that ended
	GamesPerHour   float64 `json:"games_per_hour"`
	MeanPlayers    float64 `json:"avg_players_per_game"` // people
	MeanBots       float64 `json:"avg_bots_per_game"`
	MeanActions    float64 `json:"avg_actions_per_player"` // by seat
	MeanSeconds    float64 `json:"avg_game_seconds"`
}

// Hour is the games of an hour.
type Hour struct {
	Time      time.Time `json:"time"`
	Started   uint64    `json:"started"`
	Completed uint64    `json:"completed"`
	Abandoned uint64    `json:"abandoned"`
}

// PhaseLeft is how often people went away in a state while a game was on: for
// good, by a lost connection, or by letting their time pass.
type PhaseLeft struct {
	State        string `json:"state"`
	Left         uint64 `json:"left"`
	Disconnected uint64 `json:"disconnected"`
	Away         uint64 `json:"away"`
}

// Player is what is known of a player's play.
type Player struct {
	Player     string          `json:"player"`
	PlayerType room.PlayerType `json:"player_type"`
	FirstSeen  time.Time       `json:"first_seen"`
	LastSeen   time.Time       `json:"last_seen"`
	Seats      int             `json:"seats"` // taken now
	Rooms      []string        `json:"rooms,omitempty"`
	Games      uint64          `json:"games"` // completed
	Wins       uint64          `json:"wins"`
	WinRate    float64         `json:"win_rate"`
	Abandoned  uint64          `json:"games_left"`

	Actions       uint64            `json:"actions"`
	ActionsByType map[string]uint64 `json:"actions_by_type"`
	Rejected      uint64            `json:"rejected"`
	MeanResponse  float64           `json:"avg_response_seconds"`
	MaxResponse   float64           `json:"max_response_seconds"`
	Disconnects   uint64            `json:"disconnects"`
	Reconnects    uint64            `json:"reconnects"`
	Timeouts      uint64            `json:"timeouts"`
	PhasesLeft    map[string]uint64 `json:"phases_left"`
}

// Activity returns the figures and the people seen last, at most so many.
func (v *Visual) Activity(most int) Activity {
	a := Activity{PhasesLeft: []PhaseLeft{}, Players: []Player{}}
	var now time.Time
	a.header, now = v.header("player_activity")
	v.commits.Lock()
	defer v.commits.Unlock()
	a.PhasesLeft = append(a.PhasesLeft, v.phasesLeft()...)
	l := &v.players
	l.sweep(now)
	a.Summary, a.GamesPerHour = l.business.summary(now)
	for p := l.newest; p != nil; p = p.older {
		if p.key.by == room.Bot {
			continue
		}
		a.Summary.Known++
		if p.seats > 0 {
			a.Summary.Seated++
		}
		if len(a.Players) < most {
			a.Players = append(a.Players, p.describe())
		}
	}
	return a
}

func (b *business) summary(now time.Time) (ActivitySummary, []Hour) {
	var sum hour
	list := make([]Hour, 0, hours)
	for _, h := range b.last(now) {
		list = append(list, Hour{time.Unix(h.hour*3600, 0).UTC(), h.started, h.completed, h.abandoned})
		sum.started += h.started
		sum.completed += h.completed
		sum.abandoned += h.abandoned
		sum.people += h.people
		sum.bots += h.bots
		sum.actions += h.actions
		sum.lasted += h.lasted
	}
	s := ActivitySummary{
		GamesStarted: sum.started, GamesCompleted: sum.completed, GamesAbandoned: sum.abandoned,
		CompletionRate: share(sum.completed, sum.completed+sum.abandoned),
		GamesPerHour:   float64(sum.completed) / hours,
		MeanPlayers:    share(sum.people, sum.started), MeanBots: share(sum.bots, sum.started),
		MeanActions: share(sum.actions, sum.people+sum.bots),
	}
	if sum.completed > 0 {
		s.MeanSeconds = sum.lasted.Seconds() / float64(sum.completed)
	}
	return s, list
}

func (v *Visual) phasesLeft() []PhaseLeft {
	var list []PhaseLeft
	for _, n := range v.nodes {
		if n.left != (departures{}) {
			list = append(list, PhaseLeft{n.name, n.left.left, n.left.disconnected, n.left.away})
		}
	}
	slices.SortFunc(list, func(a, b PhaseLeft) int {
		return cmp.Or(cmp.Compare(b.Left+b.Disconnected+b.Away, a.Left+a.Disconnected+a.Away), cmp.Compare(a.State, b.State))
	})
	return list
}

// Player returns what is known of a player, a person before a bot of the same
// name, or false if nothing is.
func (v *Visual) Player(name string) (Player, bool) {
	v.commits.Lock()
	defer v.commits.Unlock()
	now := v.config.Now()
	l := &v.players
	l.sweep(now)
	p := l.byKey[playerKey{name, room.Human}]
	if p == nil {
		p = l.byKey[playerKey{name, room.Bot}]
	}
	if p == nil {
		return Player{}, false
	}
	known := p.describe()
	if known.PlayerType == room.Human && known.Seats > 0 {
		v.each(now, func(t *table) {
			if t.closed.IsZero() && slices.Contains(t.seats[:], p) {
				known.Rooms = append(known.Rooms, t.id)
			}
		})
		slices.Sort(known.Rooms)
	}
	return known, true
}

func (p *player) describe() Player {
	d := Player{
		Player: p.key.name, PlayerType: p.key.by, FirstSeen: p.first.UTC(), LastSeen: p.last.UTC(), Seats: p.seats,
		Games: p.games, Wins: p.wins, WinRate: share(p.wins, p.games), Abandoned: p.abandoned,
		ActionsByType: make(map[string]uint64, len(p.actions)), Rejected: p.rejections, MaxResponse: p.max.Seconds(),
		Disconnects: p.disconnects, Reconnects: p.reconnects, Timeouts: p.timeouts,
		PhasesLeft: make(map[string]uint64, len(p.leftBy)),
	}
	for _, a := range p.actions {
		d.Actions += a.count
		d.ActionsByType[a.name] = a.count
	}
	for _, s := range p.leftBy {
		d.PhasesLeft[s.name] = s.count
	}
	if p.responses > 0 {
		d.MeanResponse = (p.response / time.Duration(p.responses)).Seconds()
	}
	return d
}
