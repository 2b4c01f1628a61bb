// Package event defines what happened: one immutable record per fact, in the
// words of the outside contract. Rooms append events to their journals;
// everything else (broadcasts, metrics, pictures, replay) only follows them.
package event

import (
	"encoding/json"
	"strconv"
	"sync/atomic"
	"time"
)

// Event is one fact. It is immutable once published: readers share it.
type Event struct {
	// Seq is the event's place in the whole stream, from 1; zero until it is
	// published.
	Seq uint64
	// RoomSeq is its place in its room's journal, from 1; zero for an event
	// that is in no journal, a refused action for example.
	RoomSeq uint64
	Type    Type
	Time    time.Time

	Room   string // the room it happened in; empty for none
	Game   string // the game being played there; empty before one starts
	Player string // who it is about; empty for nobody in particular

	CorrelationID string
	TraceID       string

	// Data is the type's own payload, for everybody: a struct or map that
	// encoding/json can encode, or nil.
	Data any
	// Secret is what not everybody may know, a hand for example. MarshalJSON
	// leaves it out, so that it cannot leak by accident.
	Secret any
}

// Publisher takes events to everybody who follows the whole stream. Publish
// sets each event's Seq, in order and without a gap, and must not block. It
// takes the events over: the slice must not be changed or used again.
type Publisher interface {
	Publish(events []Event)
}

// Sequencer is the Publisher that only counts. The zero value starts at 1.
type Sequencer struct{ last atomic.Uint64 }

// Publish implements [Publisher].
func (s *Sequencer) Publish(events []Event) {
	seq := s.last.Add(uint64(len(events))) - uint64(len(events))
	for i := range events {
		seq++
		events[i].Seq = seq
	}
}

// ID names the event: its place in its room, or else in the stream.
func (e *Event) ID() string {
	if e.RoomSeq > 0 {
		return e.Room + "/" + strconv.FormatUint(e.RoomSeq, 10)
	}
	return "stream/" + strconv.FormatUint(e.Seq, 10)
}

type wireEvent struct {
	Seq           uint64    `json:"seq"`
	RoomSeq       uint64    `json:"room_seq,omitempty"`
	ID            string    `json:"id"`
	Type          Type      `json:"type"`
	Time          time.Time `json:"time"`
	Room          string    `json:"room,omitempty"`
	Game          string    `json:"game,omitempty"`
	Player        string    `json:"player,omitempty"`
	CorrelationID string    `json:"correlation_id,omitempty"`
	TraceID       string    `json:"trace_id,omitempty"`
	Data          any       `json:"data,omitempty"`
}

// MarshalJSON encodes the event as the outside contract has it. The receiver is
// a value so that no way of encoding an event goes around it: the default one
// would tell the secret.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireEvent{
		Seq: e.Seq, RoomSeq: e.RoomSeq, ID: e.ID(), Type: e.Type, Time: e.Time,
		Room: e.Room, Game: e.Game, Player: e.Player,
		CorrelationID: e.CorrelationID, TraceID: e.TraceID, Data: e.Data,
	})
}

// UnmarshalJSON decodes what MarshalJSON wrote; Data becomes a
// [json.RawMessage], because only the game knows its type.
func (e *Event) UnmarshalJSON(text []byte) error {
	var data json.RawMessage
	wire := wireEvent{Data: &data}
	if err := json.Unmarshal(text, &wire); err != nil {
		return err
	}
	*e = Event{
		Seq: wire.Seq, RoomSeq: wire.RoomSeq, Type: wire.Type, Time: wire.Time,
		Room: wire.Room, Game: wire.Game, Player: wire.Player,
		CorrelationID: wire.CorrelationID, TraceID: wire.TraceID,
	}
	if data != nil {
		e.Data = data
	}
	return nil
}
