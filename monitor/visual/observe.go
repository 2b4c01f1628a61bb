package visual

import (
	"context"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/intake"
	"github.com/pitboss-dev/pitboss/room"
)

// Observe implements [room.Observer]. The commit is noted, and counted together
// with others once there are enough of them or somebody looks.
func (v *Visual) Observe(c *room.Commit) { v.commits.Observe(c) }

// take counts some commits of one room.
func (v *Visual) take(p *intake.Page) {
	t := v.rooms[p.Room]
	var latest *room.Commit // that has events
	notes := p.Notes()
	for i := range notes {
		n, c := &notes[i], p.Commit(i)
		switch {
		case n.Has&intake.Refused != 0:
			v.refused(t, c)
			continue
		case n.Has&intake.Nothing != 0:
			if t != nil && n.Has&intake.Timer != 0 {
				t.timer = n.Time
			}
			continue
		case t == nil || !t.closed.IsZero():
			t = v.open(p.Room, p.GameName, n.Time)
		}
		v.note(t, p.Words, n, c)
		if n.Has&intake.Whole != 0 {
			for i := range c.Events {
				v.event(t, c, &c.Events[i])
			}
		}
		latest = c
	}
	if latest != nil && t.closed.IsZero() {
		t.match, t.waiting = latest.Game, latest.Waiting
	}
}

// note counts what a note tells of a commit that has events.
func (v *Visual) note(t *table, words *intake.Words, n *intake.Note, c *room.Commit) {
	at := n.Time
	t.last, t.journaled = at, at
	if n.Has&intake.Timer != 0 {
		t.timer = at
	}
	if n.Has&intake.Asked != 0 {
		t.asked = at
	}
	if n.Action != 0 {
		v.acted(t, words.Action(n.Action).Name, int(n.Seat), moment{c, at, n.Took, n.Response})
	}
	for i, id := range n.Changes {
		if id == 0 {
			break
		}
		change := words.Change(id)
		v.moved(t, &change, n.Stayed[i], moment{c, at, n.Took, n.Response})
	}
}

// moment is when something happened: at what time, how long it took, and after
// how long an offer was answered by it. To look at the commit itself takes
// longer.
type moment struct {
	commit         *room.Commit
	at             time.Time
	took, response time.Duration
}

func momentOf(c *room.Commit) moment { return moment{c, c.Time, c.Done.Sub(c.Received), c.Response} }

// open begins to follow a room. One that is seen from its middle on, after a
// restart for example, takes its state from its next change.
func (v *Visual) open(id, game string, at time.Time) *table {
	t := &table{id: id, game: game, state: v.node(room.Waiting), created: at, entered: at}
	t.state.rooms++
	v.rooms[id] = t
	return t
}

// refused counts a refusal in the room's state. It is activity, but no event of
// the room.
func (v *Visual) refused(t *table, c *room.Commit) {
	if t == nil || !t.closed.IsZero() {
		return
	}
	t.last = c.Time
	for i := range c.Events {
		data, ok := c.Events[i].Data.(event.Action)
		if !ok {
			continue
		}
		t.state.rejections = count(t.state.rejections, data.Code, c.Time)
		v.timeline.at(c.Time).rejected++
		if seat := data.Seat; seat >= 0 && seat < len(t.seats) && t.seats[seat] != nil {
			v.players.rejected(t.seats[seat], c.Time)
		}
	}
}

// event counts one event of the journal.
func (v *Visual) event(t *table, c *room.Commit, e *event.Event) {
	switch e.Type {
	case event.StateChanged:
		if data, ok := e.Data.(event.StateChange); ok {
			v.moved(t, &intake.Change{From: data.From, To: data.To}, intake.Stayed(&data), momentOf(c))
		}
	case event.PlayerAction:
		if data, ok := e.Data.(event.Action); ok {
			v.acted(t, data.Action, data.Seat, momentOf(c))
		}
	case event.ErrorOccurred:
		if data, ok := e.Data.(event.Fault); ok {
			v.failed(t, data.Error, e.Time)
		}
	case event.GameStarted:
		t.playing = true
		v.timeline.at(e.Time).started++
		people, bots := t.seated()
		v.players.started(e.Time, people, bots)
	case event.GameResumed:
		if data, ok := e.Data.(event.Resumption); ok && e.Game != "" {
			v.resumed(t, &data, e.Time)
		}
	case event.GameEnded:
		if data, ok := e.Data.(event.Result); ok {
			v.ended(t, &data, e.Time)
		}
	case event.RoomClosed:
		v.close(t, e.Time)
		v.sweepClosed(e.Time)
		v.players.leaveAll(&t.seats)
	case event.RoomJoined, event.RoomLeft, event.PlayerConnected, event.PlayerDisconnected, event.PlayerReconnected:
		if data, ok := e.Data.(event.Seat); ok && data.Seat >= 0 && data.Seat < len(t.seats) {
			v.seat(t, e, &data)
		}
	}
}

// moved counts a change of state. It is what happens most often, and it costs
// no clock, no allocation and no look-up but that of the edge among its few.
func (v *Visual) moved(t *table, change *intake.Change, stayed time.Duration, when moment) {
	from := t.state
	if from.name != change.From && len(v.nodes) < maxNodes {
		from.rooms--
		from = v.node(change.From)
		from.rooms++
	}
	e := v.edgeTo(from, change.To)
	from.stays.Observe(stayed)
	from.out++
	from.rooms--
	e.to.in++
	e.to.rooms++
	e.took.Observe(when.took)
	if when.at.After(e.last) {
		e.last = when.at
	}
	if e.slow(when.took) {
		e.keep(SlowChange{Room: t.id, Seq: changed(when.commit, change), TookMS: milliseconds(when.took), Time: when.at.UTC()})
	}
	if t.erred {
		from.erred++
		e.erred++
		t.erred = false
	}
	t.stayed(from, stayed)
	t.state, t.entered = e.to, when.at
	v.timeline.at(when.at).transitions++
}

// changed finds the event of a change of state.
func changed(c *room.Commit, change *intake.Change) uint64 {
	for i := range c.Events {
		if data, ok := c.Events[i].Data.(event.StateChange); ok && data.From == change.From && data.To == change.To {
			return c.Events[i].RoomSeq
		}
	}
	return 0
}

func (v *Visual) acted(t *table, action string, seat int, when moment) {
	var p *player
	if seat >= 0 && seat < len(t.seats) {
		p = t.seats[seat]
	}
	switch action {
	case event.ActionAway:
		t.state.left.away++
		if p != nil {
			v.players.away(p, t.state.name, when.at)
		}
		return
	case event.ActionBack:
		return
	}
	t.actions++
	b := v.timeline.at(when.at)
	b.actions++
	b.took.Observe(when.took)
	if p != nil {
		v.players.acted(p, action, when.response, when.at)
	}
}

func (v *Visual) failed(t *table, name string, at time.Time) {
	t.fail(at)
	t.state.errors = count(t.state.errors, name, at)
	v.timeline.at(at).errors++
}

// resumed takes over a game that was started elsewhere, or before a restart.
func (v *Visual) resumed(t *table, resumption *event.Resumption, at time.Time) {
	if t.playing {
		return
	}
	t.playing = true
	if t.state.name != resumption.State && len(v.nodes) < maxNodes {
		t.state.rooms--
		t.state = v.node(resumption.State)
		t.state.rooms++
	}
	for seat, p := range resumption.Players[:min(len(resumption.Players), len(t.seats))] {
		if t.seats[seat] == nil && p.Player != "" {
			t.seats[seat] = v.players.join(p.Player, room.PlayerType(p.PlayerType), at)
		}
	}
}

func (v *Visual) ended(t *table, result *event.Result, at time.Time) {
	t.playing = false
	completed := result.Outcome == event.Completed
	if b := v.timeline.at(at); completed {
		b.completed++
	} else {
		b.abandoned++
	}
	v.players.ended(&t.seats, result, t.actions, at)
}

func (v *Visual) close(t *table, at time.Time) {
	t.closed, t.waiting, t.dead = at, nil, nil
	t.stayed(t.state, at.Sub(t.entered))
	t.state.rooms--
	v.closed = append(v.closed, t)
}

// seat follows who sits where.
func (v *Visual) seat(t *table, e *event.Event, data *event.Seat) {
	p, here := &t.seats[data.Seat], &t.here[data.Seat]
	switch e.Type {
	case event.RoomJoined:
		*p = v.players.join(e.Player, room.PlayerType(data.PlayerType), e.Time)
	case event.RoomLeft:
		if *p == nil {
			return
		}
		if t.playing {
			t.state.left.left++
			v.players.left(*p, t.state.name, e.Time)
			return // the seat stays the player's, a bot plays it
		}
		v.players.leave(*p)
		*p, *here = nil, false
	case event.PlayerConnected, event.PlayerReconnected:
		// Who takes the seat over from a connection that was still there has lost
		// none.
		v.players.connected(*p, e.Time, e.Type == event.PlayerReconnected && !*here)
		*here = true
	case event.PlayerDisconnected:
		*here = false
		if t.playing {
			t.state.left.disconnected++
		}
		v.players.disconnected(*p, e.Time)
	}
}

// Event counts an error that is in no journal, a command that could not be
// handled for example. Subscribe it to error.occurred; those of journals reach
// [Visual.Observe] and are passed over here.
func (v *Visual) Event(_ context.Context, e *event.Event) error {
	data, ok := e.Data.(event.Fault)
	if e.Type != event.ErrorOccurred || e.RoomSeq != 0 || !ok {
		return nil
	}
	v.commits.Lock()
	defer v.commits.Unlock()
	if t := v.rooms[e.Room]; t != nil && t.closed.IsZero() {
		t.last = e.Time
		v.failed(t, data.Error, e.Time)
	}
	return nil
}

// deadTask is a bot's task that was given up on.
type deadTask struct {
	id, queue, reason string
	at                time.Time
}

// DeadLetter notes that the task of a bot died that a room waits for; it is a
// [deadletter.Config.Observer]. Tasks are recognised by their key, the room, and
// their type; see [Config.BotTasks].
func (v *Visual) DeadLetter(_ context.Context, c deadletter.Change) {
	if tasks := v.config.BotTasks; len(tasks) > 0 && !slices.Contains(tasks, c.Entry.Topic) {
		return
	}
	v.commits.Lock()
	defer v.commits.Unlock()
	t := v.rooms[c.Entry.Key]
	if t == nil || !t.closed.IsZero() {
		return
	}
	switch c.Kind {
	case deadletter.Put, deadletter.CameBack:
		if t.waitsForBot() != nil {
			t.dead = &deadTask{c.Entry.ID, c.Entry.Queue, string(c.Entry.Reason), v.config.Now()}
		}
	default: // gone, or on its way back
		if t.dead != nil && t.dead.id == c.Entry.ID && c.Kind == deadletter.PutBack {
			t.dead = nil
		}
	}
}
