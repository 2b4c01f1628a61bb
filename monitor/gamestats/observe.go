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

// take counts some commits of one room.
func (s *Stats) take(p *intake.Page) {
	var t *tally // nil: to be found, or begun
	notes := p.Notes()
	for i := range notes {
		n := &notes[i]
		switch {
		case n.Has&intake.Whole != 0:
			s.whole(p.Commit(i))
			t = nil
		case n.Has&intake.Nothing != 0:
		default:
			if t == nil {
				t = s.tally(p.Room, p.GameName)
			}
			s.note(t, p, n)
		}
	}
}

// note counts a commit of which a note tells all.
func (s *Stats) note(t *tally, p *intake.Page, n *intake.Note) {
	if n.Action != 0 {
		if a := s.noted(n.Action, p.Words); a != nil {
			a.accepted.inc()
			a.response.observeIf(n.Response)
			a.duration.observe(n.Took)
			s.latency.add(n.Took)
		}
	}
	for i, change := range &n.Changes {
		if change == 0 {
			break
		}
		way := s.way(change, p.Words)
		s.moved(t, way, n.Stayed[i])
		way.edge.duration.observe(n.Took)
	}
	if n.Has&intake.TurnEnded != 0 {
		s.turnEnded(t, n.Time)
	}
	if n.Has&intake.TurnStarted != 0 {
		t.turn = n.Time
	}
}

// noted returns the metrics of an action, or nil where it is none of a player's.
func (s *Stats) noted(id intake.ActionID, words *intake.Words) *actionMetrics {
	place := place(&s.notedActions, int(id))
	if !place.known {
		place.known = true
		if a := words.Action(id); a.Name != event.ActionAway && a.Name != event.ActionBack {
			place.metrics = s.acceptedAction(a.Name, a.By)
		}
	}
	return place.metrics
}

// way returns the metrics of a change of state.
func (s *Stats) way(id intake.ChangeID, words *intake.Words) *way {
	w := place(&s.ways, int(id))
	if w.from == nil {
		c := words.Change(id)
		*w = s.wayOf(c.From, c.To)
	}
	return w
}

func (s *Stats) wayOf(from, to string) way {
	left := s.phase(from)
	return way{left, s.transition(left, to)}
}

// place returns a number's place in a list, which grows to have it.
func place[T any](list *[]T, number int) *T {
	for len(*list) <= number {
		*list = append(*list, *new(T))
	}
	return &(*list)[number]
}

// whole counts a commit event by event.
func (s *Stats) whole(c *room.Commit) {
	if c.Err != nil {
		s.refused(c)
		return
	}
	t := s.tally(c.Room, c.GameName)
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
	s.latency.add(took)
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
func (s *Stats) tally(id, game string) *tally {
	t := s.tables[id]
	if t == nil {
		t = &tally{game: s.game(game), phase: s.phase(room.Waiting)}
		t.phase.rooms.inc()
		s.tables[id] = t
	}
	return t
}

// event counts one event, and returns the metrics of the action that it is, if
// it is one.
func (s *Stats) event(t *tally, c *room.Commit, e *event.Event) *actionMetrics {
	switch e.Type {
	case event.StateChanged:
		if data, ok := e.Data.(event.StateChange); ok {
			way := s.wayOf(data.From, data.To)
			s.moved(t, &way, intake.Stayed(&data))
			way.edge.duration.observeTraced(c.Done.Sub(c.Received), c.Events[0].TraceID, c.Time)
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

// moved counts that a room went a way.
func (s *Stats) moved(t *tally, w *way, stayed time.Duration) {
	if t.phase != w.from { // the room is seen from its middle on
		t.phase.rooms.dec()
		w.from.rooms.inc()
	}
	w.from.rooms.dec()
	w.edge.to.rooms.inc()
	t.phase = w.edge.to
	w.from.duration.observe(stayed)
	w.edge.count.inc()
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
