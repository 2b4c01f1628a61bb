package room

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
)

// Records keeps what a [StoredJournal] writes: for each room a sequence of
// records, which it does not read. Implementations are safe for concurrent use.
type Records interface {
	// Append adds the record of a room's events after+1 to last. Unless the
	// room's last record ends with after, it fails with ErrFenced and adds
	// nothing.
	Append(ctx context.Context, room string, after, last uint64, record []byte) error
	// Read calls each with a room's records that go beyond after, in order.
	Read(ctx context.Context, room string, after uint64, each func(record []byte) error) error
	// Rooms returns the names of all rooms that have records.
	Rooms(ctx context.Context) ([]string, error)
	// Take returns a room's records, in order, so that appending goes on from
	// there; where there is a snapshot of it, that one, the first record, and
	// those that came after the snapshot. It comes before the first Append to a
	// room that was begun elsewhere, and whenever that may have been written to
	// elsewhere.
	Take(ctx context.Context, room string) (records [][]byte, snapshot []byte, err error)
	// Save keeps one snapshot of a room as it is after its last event, in the
	// place of the one before.
	Save(ctx context.Context, room string, seq uint64, snapshot []byte) error
	// Size is how many bytes the records of a room take that was taken, or begun,
	// here.
	Size(room string) int64
	// LetGo says that somebody else appends to a room from now on.
	LetGo(room string)
	// Forget removes a room's records and its snapshot.
	Forget(ctx context.Context, room string) error
}

// StoredJournal is a [Journal] that writes events down, secrets included, as
// JSON. The games say by [Game.Types] how they are read again. It is safe for
// concurrent use.
type StoredJournal struct {
	records Records
	games   map[string]descriptor

	mu    sync.RWMutex
	rooms map[string]string // the games that they play
}

// NewStoredJournal returns the journal that is kept in r. Every game needs
// [Game.Types].
func NewStoredJournal(r Records, games ...Rules) (*StoredJournal, error) {
	var faults pitboss.FieldErrors
	if r == nil {
		faults.Add("records", nil, "where the journal is kept")
	}
	j := &StoredJournal{records: r, games: make(map[string]descriptor), rooms: make(map[string]string)}
	for _, rules := range games {
		game := rules.game()
		if game.types == nil {
			faults.Add("game.types", nil, "a function: without it, the journal of "+game.name+" cannot be read again")
		}
		j.games[game.name] = game
	}
	if err := faults.Err(); err != nil {
		return nil, fmt.Errorf("stored journal: %w", err)
	}
	return j, nil
}

// record is what one command brought about, as it is written.
type record struct {
	Game   string        `json:"game"`
	Events []storedEvent `json:"events"`
}

// storedEvent is an event without its room, which is where the record is, and
// without its place in the stream, which ends with the process.
type storedEvent struct {
	Seq           uint64     `json:"seq"`
	Type          event.Type `json:"type"`
	Time          int64      `json:"time"` // nanoseconds since 1970
	Match         string     `json:"match,omitempty"`
	Player        string     `json:"player,omitempty"`
	CorrelationID string     `json:"correlation_id,omitempty"`
	TraceID       string     `json:"trace_id,omitempty"`
	Data          any        `json:"data,omitempty"`
	Secret        any        `json:"secret,omitempty"`
}

// storedJoin is joined with the session, which nothing else encodes.
type storedJoin struct {
	Session  string `json:"session,omitempty"`
	Strength string `json:"strength,omitempty"`
}

// Append implements [Journal].
func (j *StoredJournal) Append(ctx context.Context, room string, after uint64, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	rec := record{Game: j.game(room, events), Events: make([]storedEvent, len(events))}
	for i := range events {
		e := &events[i]
		rec.Events[i] = storedEvent{
			Seq: e.RoomSeq, Type: e.Type, Time: e.Time.UnixNano(), Match: e.Game, Player: e.Player,
			CorrelationID: e.CorrelationID, TraceID: e.TraceID, Data: e.Data, Secret: e.Secret,
		}
		if secret, ok := e.Secret.(joined); ok {
			rec.Events[i].Secret = storedJoin(secret)
		}
	}
	text, err := json.Marshal(rec)
	if err != nil {
		return pitboss.Permanent(fmt.Errorf("room %s: journal: %w", room, err))
	}
	return j.records.Append(ctx, room, after, events[len(events)-1].RoomSeq, text)
}

// game is the room's. Its first event tells.
func (j *StoredJournal) game(room string, events []event.Event) string {
	if len(events) > 0 && events[0].Type == event.RoomCreated {
		if opening, ok := events[0].Data.(event.Opening); ok {
			j.note(room, opening.Game)
			return opening.Game
		}
	}
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.rooms[room]
}

func (j *StoredJournal) note(room, game string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rooms[room] = game
}

// Read implements [Journal].
func (j *StoredJournal) Read(ctx context.Context, room string, after uint64) ([]event.Event, error) {
	var events []event.Event
	err := j.records.Read(ctx, room, after, func(text []byte) error {
		more, _, err := j.decode(room, text)
		for len(more) > 0 && more[0].RoomSeq <= after {
			more = more[1:]
		}
		events = append(events, more...)
		return err
	})
	return events, err
}

// Rooms implements [Lasting].
func (j *StoredJournal) Rooms(ctx context.Context) ([]string, error) { return j.records.Rooms(ctx) }

// Take implements [Lasting].
func (j *StoredJournal) Take(ctx context.Context, room string) (commands [][]event.Event, snapshot []byte, err error) {
	records, snapshot, err := j.records.Take(ctx, room)
	if err != nil {
		return nil, nil, err
	}
	for _, text := range records {
		events, game, err := j.decode(room, text)
		if err != nil {
			return nil, nil, &unreadableError{err}
		}
		j.note(room, game)
		commands = append(commands, events)
	}
	return commands, snapshot, nil
}

// Save implements [Lasting].
func (j *StoredJournal) Save(ctx context.Context, room string, seq uint64, snapshot []byte) error {
	return j.records.Save(ctx, room, seq, snapshot)
}

// Size implements [Sizer].
func (j *StoredJournal) Size(room string) int64 { return j.records.Size(room) }

// LetGo implements [Lasting].
func (j *StoredJournal) LetGo(room string) {
	j.records.LetGo(room)
	j.unnote(room)
}

// Forget implements [Journal].
func (j *StoredJournal) Forget(ctx context.Context, room string) error {
	if err := j.records.Forget(ctx, room); err != nil {
		return err
	}
	j.unnote(room)
	return nil
}

func (j *StoredJournal) unnote(room string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.rooms, room)
}

func (j *StoredJournal) decode(room string, text []byte) ([]event.Event, string, error) {
	var raw struct {
		Game   string `json:"game"`
		Events []struct {
			storedEvent
			Data   json.RawMessage `json:"data"`
			Secret json.RawMessage `json:"secret"`
		} `json:"events"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, "", fmt.Errorf("room %s: journal: %w", room, err)
	}
	game, known := j.games[raw.Game]
	if !known {
		return nil, "", fmt.Errorf("room %s: journal of game %q, which this server does not run", room, raw.Game)
	}
	events := make([]event.Event, len(raw.Events))
	for i := range raw.Events {
		s := &raw.Events[i]
		e := event.Event{
			RoomSeq: s.Seq, Type: s.Type, Time: time.Unix(0, s.Time), Room: room, Game: s.Match, Player: s.Player,
			CorrelationID: s.CorrelationID, TraceID: s.TraceID,
		}
		var err error
		if e.Data, e.Secret, err = game.decode(s.Type, s.Data, s.Secret); err != nil {
			return nil, "", fmt.Errorf("room %s: event %d: %s: %w", room, s.Seq, s.Type, err)
		}
		events[i] = e
	}
	return events, raw.Game, nil
}

// decode makes an event's data and secret what they were.
func (d *descriptor) decode(t event.Type, data, secret json.RawMessage) (dataOf, secretOf any, err error) {
	switch t {
	case event.RoomCreated:
		return decodeBoth(data, secret, new(event.Opening), new(Setup))
	case event.RoomJoined, event.PlayerReconnected:
		dataOf, secretOf, err = decodeBoth(data, secret, new(event.Seat), new(storedJoin))
		if join, ok := secretOf.(storedJoin); ok {
			secretOf = joined(join)
		}
		return dataOf, secretOf, err
	case event.PlayerDisconnected:
		return decodeBoth(data, secret, new(event.Seat), new(parted))
	case event.RoomLeft, event.PlayerReady, event.PlayerConnected:
		return decodeBoth(data, secret, new(event.Seat), nil)
	case event.GameStarted:
		return decodeBoth(data, secret, new(event.Start), new(Setup))
	case event.GameResumed:
		return decodeBoth(data, secret, new(event.Resumption), nil)
	case event.PlayerAction:
		return decodeBoth(data, secret, new(event.Action), nil)
	case event.ErrorOccurred:
		return decodeBoth(data, secret, new(event.Fault), nil)
	case event.RoomClosed:
		return decodeBoth(data, secret, new(event.Closing), nil)
	case event.StateChanged:
		var detail json.RawMessage
		change := event.StateChange{Detail: &detail}
		if err := json.Unmarshal(data, &change); err != nil {
			return nil, nil, err
		}
		detailType, secretType := d.types(t, change.To)
		change.Detail, secretOf, err = decodeBoth(detail, secret, detailType, secretType)
		return change, secretOf, err
	case event.GameEnded:
		var detail json.RawMessage
		result := event.Result{Detail: &detail}
		if err := json.Unmarshal(data, &result); err != nil {
			return nil, nil, err
		}
		detailType, secretType := d.types(t, "")
		result.Detail, secretOf, err = decodeBoth(detail, secret, detailType, secretType)
		return result, secretOf, err
	}
	dataType, secretType := d.types(t, "")
	return decodeBoth(data, secret, dataType, secretType)
}

func decodeBoth(data, secret json.RawMessage, dataType, secretType any) (dataOf, secretOf any, err error) {
	if dataOf, err = decodeInto(data, dataType); err != nil {
		return nil, nil, fmt.Errorf("data: %w", err)
	}
	if secretOf, err = decodeInto(secret, secretType); err != nil {
		return nil, nil, fmt.Errorf("secret: %w", err)
	}
	return dataOf, secretOf, nil
}

// decodeInto decodes text into what pointer points at, and returns that value.
func decodeInto(text json.RawMessage, pointer any) (any, error) {
	switch {
	case len(text) == 0 || string(text) == "null":
		return nil, nil
	case pointer == nil:
		return nil, fmt.Errorf("%.40s: the game names no type for it", text)
	}
	if err := json.Unmarshal(text, pointer); err != nil {
		return nil, err
	}
	return reflect.ValueOf(pointer).Elem().Interface(), nil
}
