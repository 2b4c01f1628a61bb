package room

import (
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// draft is what a command is about to bring about. Nothing of it counts before
// the journal has it: a command that fails leaves its room as it was.
type draft struct {
	room   *liveRoom
	lobby  lobby
	owned  bool // lobby's seats are this draft's own copy
	seq    uint64
	now    time.Time
	events []event.Event
	// timeouts says that the overdue offers were looked at. Until then nobody
	// gets more time for them.
	timeouts bool

	correlationID, traceID string
}

func (r *liveRoom) draft(now time.Time, correlationID, traceID string) *draft {
	r.match.begin()
	return &draft{room: r, lobby: r.lobby, seq: r.seq, now: now, correlationID: correlationID, traceID: traceID}
}

// add appends facts as events and folds them into the draft's states.
func (d *draft) add(facts ...Fact) {
	d.events = slices.Grow(d.events, len(facts))
	for _, f := range facts {
		switch data := f.Data.(type) {
		case event.StateChange:
			data.From = d.lobby.state
			data.DurationMS = milliseconds(d.now.Sub(d.lobby.since))
			f.Data = data
		case event.Result:
			data.DurationSeconds = d.now.Sub(d.lobby.started).Seconds()
			f.Data = data
		}
		e := event.Event{
			RoomSeq: d.seq + 1, Type: f.Type, Time: d.now,
			Room: d.room.id, Game: d.lobby.game,
			CorrelationID: d.correlationID, TraceID: d.traceID,
			Data: f.Data, Secret: f.Secret,
		}
		if f.Type == event.GameStarted {
			e.Game = d.room.id + ".1"
		}
		if f.Seat >= 0 && f.Seat < len(d.lobby.seats) {
			e.Player = d.lobby.seats[f.Seat].Player
		}
		d.fold(f, e)
	}
}

// join is add for a player who is not seated yet.
func (d *draft) join(seat int, player string, by PlayerType, strength, session string) {
	f := Fact{
		Type: event.RoomJoined, Seat: seat,
		Data:   event.Seat{Seat: seat, PlayerType: string(by)},
		Secret: joined{Session: session, Strength: strength},
	}
	d.fold(f, event.Event{
		RoomSeq: d.seq + 1, Type: f.Type, Time: d.now, Room: d.room.id, Player: player,
		CorrelationID: d.correlationID, TraceID: d.traceID, Data: f.Data, Secret: f.Secret,
	})
}

func (d *draft) fold(f Fact, e event.Event) {
	d.events = append(d.events, e)
	d.seq++
	if !d.owned && d.lobby.changesSeats(f) {
		d.lobby, d.owned = d.lobby.clone(), true
	}
	d.lobby.apply(f, &e)
	d.room.match.apply(f)
}

// seatFact is a fact about a seat with the usual data.
func (d *draft) seatFact(t event.Type, seat int) Fact {
	return Fact{Type: t, Seat: seat, Data: event.Seat{Seat: seat, PlayerType: string(d.lobby.seats[seat].By)}}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
