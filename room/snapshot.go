package room

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss/event"
)

// snapshotVersion is that of the room's part. The game's tells its own.
const snapshotVersion = 1

// snapshot is a room as it was after an event.
type snapshot struct {
	Version int       `json:"version"`
	Created time.Time `json:"created"` // tells rooms of one name apart
	Seq     uint64    `json:"seq"`
	Last    time.Time `json:"last"`

	Seats      []savedSeat     `json:"seats"`
	Match      string          `json:"match,omitempty"`
	State      string          `json:"state"`
	Since      time.Time       `json:"since,omitzero"`
	Started    time.Time       `json:"started,omitzero"`
	Ended      bool            `json:"ended,omitempty"`
	Closed     bool            `json:"closed,omitempty"`
	Result     json.RawMessage `json:"result,omitempty"`
	Host       int             `json:"host"`
	EmptySince time.Time       `json:"empty_since,omitzero"`
	LastHuman  time.Time       `json:"last_human,omitzero"`
	Actions    int             `json:"actions,omitempty"`

	Game    []byte          `json:"game"`
	Answers [][]savedAnswer `json:"answers,omitempty"` // by seat
}

// savedSeat is a Seat with what nothing else encodes.
type savedSeat struct {
	Seat
	Session string `json:"session,omitempty"`
	Untried bool   `json:"untried,omitempty"`
	Left    bool   `json:"left,omitempty"`
}

type savedAnswer struct {
	ID            string `json:"id"`
	Seq           uint64 `json:"seq"`
	CorrelationID string `json:"correlation_id,omitempty"`
}

// save keeps a snapshot when it is time for one. It may fail: recovery takes
// longer then.
func (r *liveRoom) save(ctx context.Context) {
	journal, ok := r.host.journal.(Lasting)
	if !ok || r.saved == r.seq || r.seq-r.saved < uint64(r.host.config.SnapshotEvery) && !r.lobby.closed {
		return
	}
	r.saved = r.seq
	text, err := r.snapshot()
	if text != nil && err == nil {
		err = journal.Save(ctx, r.id, r.seq, text)
	}
	if err != nil {
		r.host.config.Log.WarnContext(ctx, "no snapshot of the room", "room", r.id, "error", err)
	}
}

// snapshot writes the room down, or returns nil where its game has no form for
// that.
func (r *liveRoom) snapshot() ([]byte, error) {
	game, err := r.match.encode()
	if game == nil || err != nil {
		return nil, err
	}
	l := &r.lobby
	s := snapshot{
		Version: snapshotVersion, Created: l.created, Seq: r.seq, Last: r.last,
		Seats: make([]savedSeat, len(l.seats)), Match: l.game, State: l.state, Since: l.since, Started: l.started,
		Ended: l.ended, Closed: l.closed, Host: l.host, EmptySince: l.emptySince, LastHuman: l.lastHuman, Actions: l.actions,
		Game: game, Answers: make([][]savedAnswer, len(l.seats)),
	}
	for i, seat := range l.seats {
		s.Seats[i] = savedSeat{Seat: seat, Session: seat.session, Untried: seat.untried, Left: seat.left}
		s.Answers[i] = r.answers[i].accepted()
	}
	if l.result != nil {
		if s.Result, err = json.Marshal(l.result); err != nil {
			return nil, err
		}
	}
	return json.Marshal(s)
}

// accepted are the answers that the journal tells too.
func (a *answers) accepted() []savedAnswer {
	var saved []savedAnswer
	for _, id := range a.order {
		if answer := a.byID[id]; answer.Err == nil && answer.Session == "" {
			saved = append(saved, savedAnswer{id, answer.Seq, answer.CorrelationID})
		}
	}
	return saved
}

// restore makes the room, which has had its first events, what it was at the
// snapshot. Nobody else has seen it yet.
func (r *liveRoom) restore(text []byte) error {
	var s snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	switch {
	case s.Version != snapshotVersion:
		return fmt.Errorf("version %d, and this program reads %d", s.Version, snapshotVersion)
	case !s.Created.Equal(r.lobby.created):
		return fmt.Errorf("it is of a room of that name that was made at %v", s.Created)
	case len(s.Seats) != len(r.lobby.seats) || s.Host >= len(s.Seats):
		return fmt.Errorf("%d seats, and the game has %d", len(s.Seats), len(r.lobby.seats))
	}
	l := lobby{
		game: s.Match, state: s.State, since: s.Since, created: s.Created, started: s.Started, ended: s.Ended, closed: s.Closed,
		host: s.Host, emptySince: s.EmptySince, lastHuman: s.LastHuman, actions: s.Actions,
	}
	for _, seat := range s.Seats {
		seat.session, seat.untried, seat.left = seat.Session, seat.Untried, seat.Left
		l.seats = append(l.seats, seat.Seat)
	}
	if s.Result != nil {
		decoded, _, err := r.game.decode(event.GameEnded, s.Result, nil)
		if err != nil {
			return err
		}
		result, _ := decoded.(event.Result)
		l.result = &result
	}
	if err := r.match.restore(s.Game); err != nil {
		return err
	}
	r.lobby, r.seq, r.last = l, s.Seq, s.Last
	r.base, r.saved, r.commits = s.Seq, s.Seq, nil
	for seat, answers := range s.Answers {
		for _, a := range answers {
			r.remember(&Command{ID: a.ID, Seat: seat}, Answer{Seat: seat, Seq: a.Seq, CorrelationID: a.CorrelationID})
		}
	}
	return nil
}
