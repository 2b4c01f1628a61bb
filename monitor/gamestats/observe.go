package gamestats

import (
	"context"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/room"
)

// tally is what must be remembered of one room between its events.
type tally struct {
	room    string
	game    *gameMetrics
	phase   *phaseMetrics
	by      [room.MaxSeats]room.PlayerType
	here    [room.MaxSeats]bool // whose player is known to be connected
	playing bool
	turn    time.Time // when the open turn began
}

// Observe implements [room.Observer]. The commit is noted, and counted with
// others when there are some or when somebody looks.
func (s *Stats) Observe(c *room.Commit) { s.commits.Observe(c) }

// take counts a commit.
func (s *Stats) take(n *intake.Note) {
	c := n.Commit
	if n.Whole {
		s.whole(c)
		return
	}
	if len(c.Events) == 0 { // also what comes to a room that has closed
		return
	}
	t := s.tally(c)
	if a := &n.Action; a.Name != "" && a.Name != event.ActionAway && a.Name != event.ActionBack {
		s.acted(s.accepted(a.Name, a.By), c, n.Took)
	}
	for i := range n.Changes {
		if change := &n.Changes[i]; change.From != "" {
			s.moved(t, change, c, n.Took)
		}
	}
	if n.TurnEnded {
		s.turnEnded(t, c.Time)
	}
	if n.TurnStarted {
		t.turn = c.Time
	}
}

// whole counts a commit event by event.
func (s *Stats) whole(c *room.Commit) {
	if c.Err != nil {
		s.refused(c)
		return
	}
	t := s.tally(c)
	var acted *actionMetrics
	for i := range c.Events {
		if a := s.event(t, c, &c.Events[i]); a != nil {
			acted = a
		}
	}
	if acted != nil {
		s.acted(acted, c, max(c.Done.Sub(c.Received), 0))
	}
}

func (s *Stats) acted(a *actionMetrics, c *room.Commit, took time.Duration) {
	trace := c.Events[0].TraceID
	if c.Response > 0 {
		a.response.observeTraced(c.Response, trace, c.Time)
	}
	a.duration.observeTraced(took, trace, c.Time)
	s.latency.Observe(took)
}

func (s *Stats) refused(c *room.Commit) {
	for i := range c.Events {
		if a, ok := c.Events[i].Data.(event.Action); ok && c.Events[i].Type == event.ActionRejected {
			s.rejectedAction(a.Action, room.PlayerType(a.PlayerType)).rejected.inc()
		}
	}
}

// tally finds or begins the room's tally. A room that is seen from its middle
// on, after a restart for example, counts from there.
func (s *Stats) tally(c *room.Commit) *tally {
	id := c.Room
	slot := s.slot(id)
	if t := *slot; t != nil && t.room == id {
		return t
	}
	t := s.tables[id]
	if t == nil {
		t = &tally{room: id, game: s.game(c.GameName), phase: s.phase(room.Waiting)}
		t.phase.rooms.inc()
		s.tables[id] = t
	}
	*slot = t
	return t
}

// slots is how many rooms are at hand without a look into the map. It saves a
// third of what a change of state costs.
const slots = 1024

// slot is where a room is at hand, by the ID's last characters: digits that
// count, or random letters.
func (s *Stats) slot(id string) **tally {
	h := 0
	for i := max(len(id)-3, 0); i < len(id); i++ {
		h = h*10 + int(id[i]&15)
	}
	return &s.atHand[h%slots]
}

// event counts one event, and returns the metrics of the action that it is, if
// it is one.
func (s *Stats) event(t *tally, c *room.Commit, e *event.Event) *actionMetrics {
	switch e.Type {
	case event.StateChanged:
		if data, ok := e.Data.(event.StateChange); ok {
			change := intake.Change{From: data.From, To: data.To, Stayed: intake.Stayed(&data)}
			s.moved(t, &change, c, c.Done.Sub(c.Received))
		}
	case event.RoomJoined:
		if data, ok := e.Data.(event.Seat); ok && data.Seat >= 0 && data.Seat < len(t.by) {
			t.by[data.Seat] = room.PlayerType(data.PlayerType)
		}
	case event.RoomClosed:
		s.closed(t, c.Room)
	case event.GameStarted:
		t.playing = true
		t.game.started.inc()
		t.game.active.inc()
	case event.GameResumed:
		if data, ok := e.Data.(event.Resumption); ok && e.Game != "" {
			s.resumed(t, &data)
		}
	case event.GameEnded:
		if data, ok := e.Data.(event.Result); ok {
			s.ended(t, &data, e.Time)
		}
	case event.TurnStarted:
		t.turn = e.Time
	case event.TurnEnded:
		s.turnEnded(t, e.Time)
	case event.PlayerConnected, event.PlayerDisconnected, event.PlayerReconnected:
		s.connection(t, e)
	case event.ErrorOccurred:
		if data, ok := e.Data.(event.Fault); ok {
			s.fault(&data)
		}
	case event.PlayerReady:
		return s.accepted(room.Ready, c.By)
	case event.PlayerAction:
		data, ok := e.Data.(event.Action)
		if ok && data.Action != event.ActionAway && data.Action != event.ActionBack {
			return s.accepted(data.Action, room.PlayerType(data.PlayerType))
		}
	}
	return nil
}

// connection counts those who lost their connection and came back. Who takes the
// seat over from a connection that was still there has lost none.
func (s *Stats) connection(t *tally, e *event.Event) {
	data, ok := e.Data.(event.Seat)
	if !ok || data.Seat < 0 || data.Seat >= len(t.here) {
		return
	}
	here := &t.here[data.Seat]
	switch {
	case e.Type == event.PlayerDisconnected:
		s.disconnects.inc()
	case e.Type == event.PlayerReconnected && !*here:
		s.reconnects.inc()
	}
	*here = e.Type != event.PlayerDisconnected
}

func (s *Stats) accepted(action string, by room.PlayerType) *actionMetrics {
	a := s.acceptedAction(action, by)
	a.accepted.inc()
	return a
}

func (s *Stats) turnEnded(t *tally, at time.Time) {
	if !t.turn.IsZero() {
		s.turn.observe(at.Sub(t.turn))
		t.turn = time.Time{}
	}
}

func (s *Stats) moved(t *tally, change *intake.Change, c *room.Commit, took time.Duration) {
	left := t.phase
	if left.name != change.From { // the room is seen from its middle on
		left.rooms.dec()
		left = s.phase(change.From)
		left.rooms.inc()
	}
	edge := s.transition(left, change.To)
	left.rooms.dec()
	edge.to.rooms.inc()
	t.phase = edge.to
	left.duration.observe(change.Stayed)
	edge.count.inc()
	edge.duration.observeTraced(took, c.Events[0].TraceID, c.Time)
}

// resumed takes over a game that was started elsewhere, or before a restart.
func (s *Stats) resumed(t *tally, resumption *event.Resumption) {
	if t.playing {
		return
	}
	t.playing = true
	t.game.active.inc()
	t.phase.rooms.dec()
	t.phase = s.phase(resumption.State)
	t.phase.rooms.inc()
	for seat, p := range resumption.Players[:min(len(resumption.Players), len(t.by))] {
		t.by[seat] = room.PlayerType(p.PlayerType)
	}
}

func (s *Stats) ended(t *tally, result *event.Result, at time.Time) {
	if t.playing {
		t.playing = false
		t.game.active.dec()
	}
	if result.Outcome != event.Completed {
		t.game.abandoned.inc()
		t.game.abandonedLength.observe(seconds(result.DurationSeconds))
		return
	}
	t.game.completed.inc()
	t.game.completedLength.observe(seconds(result.DurationSeconds))
	t.game.lastHour.add(at)
	for seat, by := range t.by {
		var p *playerMetrics
		switch by {
		case room.Human:
			p = &s.players[0]
		case room.Bot:
			p = &s.players[1]
		default:
			continue
		}
		p.games.inc()
		if slices.Contains(result.Winners, seat) {
			p.wins.inc()
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (s *Stats) closed(t *tally, id string) {
	if t.playing {
		t.playing = false
		t.game.active.dec()
	}
	t.phase.rooms.dec()
	delete(s.tables, id)
	if slot := s.slot(id); *slot == t {
		*slot = nil
	}
}

// Forget drops a room that somebody else runs from now on.
func (s *Stats) Forget(id string) {
	s.commits.Lock()
	defer s.commits.Unlock()
	if t := s.tables[id]; t != nil {
		s.closed(t, id)
	}
}

// Event counts an error that is in no journal, a command that could not be
// handled for example. Subscribe it to error.occurred; those of journals reach
// [Stats.Observe] and are passed over here.
func (s *Stats) Event(_ context.Context, e *event.Event) error {
	if data, ok := e.Data.(event.Fault); ok && e.Type == event.ErrorOccurred && e.RoomSeq == 0 {
		s.commits.Lock()
		defer s.commits.Unlock()
		s.fault(&data)
	}
	return nil
}
