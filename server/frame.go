package server

import (
	"encoding/json"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// The codes of errors that the connection itself finds. Rooms and games have
// theirs.
const (
	codeBadFrame    = "bad_frame"
	codeRateLimited = "rate_limited"
)

// request is a frame from a client. Unknown fields are ignored, so that newer
// clients can talk to older servers.
type request struct {
	ID   string          `json:"id"`
	Type string          `json:"type"`
	Turn uint64          `json:"turn"` // the turn that it answers; 0: whatever is open
	Data json.RawMessage `json:"data"`
	// CorrelationID ties what comes of the frame to the client's own records.
	CorrelationID string `json:"correlation_id"`
	// Traceparent makes it part of the client's trace; a malformed one is
	// ignored, as W3C has it.
	Traceparent string `json:"traceparent"`
}

// maxID is the longest id of a frame, in bytes: a room remembers the last ones.
const maxID = 128

// resync asks for the state; it is the one command that no room sees.
const resync = "resync"

// parseRequest reads a frame. On an error the id is kept where it could be read.
func parseRequest(text []byte) (request, error) {
	var r request
	if !utf8.Valid(text) {
		return r, errors.New("the frame is not UTF-8")
	}
	if err := json.Unmarshal(text, &r); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return r, errors.New(wrong.Field + ": a " + wrong.Value + " is not allowed here")
		}
		return request{}, errors.New(`a frame is a JSON object such as {"id":"c1","type":"ready"}`)
	}
	switch {
	case len(r.ID) > maxID:
		return request{}, errors.New("id is too long")
	case r.Type == "":
		return r, errors.New("type is missing")
	case len(r.Type) > 64:
		return r, errors.New("type is too long")
	case r.CorrelationID != "" && !correlation.WellFormed(r.CorrelationID):
		return r, errors.New("correlation_id must be 1 to 128 letters, digits, '-', '_', '.' or ':'")
	}
	return r, nil
}

// correlate gives the frame an ID where it brought none that will do.
func (r *request) correlate() {
	if !correlation.WellFormed(r.CorrelationID) {
		r.CorrelationID = correlation.New()
	}
}

// frame is what the server sends. Code and Message are an error's.
type frame struct {
	Type          string `json:"type"`
	ID            string `json:"id,omitempty"`
	Seq           uint64 `json:"seq,omitempty"`
	Code          string `json:"code,omitempty"`
	Message       string `json:"message,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
	// Durability is what an acknowledged command survives.
	Durability string `json:"durability,omitempty"`
	Data       any    `json:"data,omitempty"`
}

type welcome struct {
	Session string `json:"session"`
	Seat    int    `json:"seat"`
	Seq     uint64 `json:"seq"`
	State   any    `json:"state"`
}

type turn struct {
	Phase    string     `json:"phase"`
	Deadline *time.Time `json:"deadline,omitempty"`
	Legal    any        `json:"legal"`
	Turn     uint64     `json:"turn"`
}

func turnOf(o *room.OpenOffer, state string, legal any) turn {
	t := turn{Phase: state, Legal: legal, Turn: o.Turn}
	if !o.Deadline.IsZero() {
		t.Deadline = &o.Deadline
	}
	return t
}

func eventFrame(e *event.Event) ([]byte, error) {
	return json.Marshal(frame{Type: "event", Seq: e.RoomSeq, Data: e})
}

// eventFrames remembers the latest frames that are the same for every seat, so
// that a table of people encodes each once. It is safe for concurrent use.
type eventFrames struct {
	mu     sync.Mutex
	latest [64]encoded
}

type encoded struct {
	seq  uint64
	text []byte
}

func (f *eventFrames) of(e *event.Event) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	slot := &f.latest[e.RoomSeq%uint64(len(f.latest))]
	if slot.seq != e.RoomSeq || slot.text == nil {
		text, err := eventFrame(e)
		if err != nil {
			return nil, err
		}
		*slot = encoded{e.RoomSeq, text}
	}
	return slot.text, nil
}
