package deadletter

import (
	"encoding/json"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Entry is a dead letter whatever its payload's type, as the HTTP API shows
// it. It is a snapshot; the maps and slices in it are shared and must not be
// changed.
type Entry struct {
	ID       string `json:"id"`
	Queue    string `json:"queue"`
	Topic    string `json:"topic,omitempty"`
	Sequence uint64 `json:"sequence"`

	Key       string            `json:"key,omitempty"`
	MessageID string            `json:"message_id,omitempty"`
	Priority  pitboss.Priority  `json:"priority"`
	Headers   map[string]string `json:"headers,omitempty"`

	Reason   pitboss.Reason    `json:"reason"`
	Error    string            `json:"error"`
	Attempts []pitboss.Attempt `json:"attempts"`

	EnqueuedAt time.Time `json:"enqueued_at"`
	At         time.Time `json:"at"`
	Deadline   time.Time `json:"deadline,omitzero"`

	CorrelationID string `json:"correlation_id,omitempty"`
	TraceID       string `json:"trace_id,omitempty"`

	State      State     `json:"state"`
	Parked     bool      `json:"parked,omitempty"`
	Retries    int       `json:"retries"`
	RetryAt    time.Time `json:"retry_at,omitzero"`
	RetryError string    `json:"retry_error,omitempty"`
	ResolvedAt time.Time `json:"resolved_at,omitzero"`

	// Payload is the message's own value, encoded only when the entry is. One
	// that encoding/json refuses, or panics on, leaves PayloadError in its place,
	// so that it does not hide the others of a list. Decoding makes it a
	// [json.RawMessage].
	Payload      any    `json:"payload,omitempty"`
	PayloadError string `json:"payload_error,omitempty"`
	// Editable says that the message can be put back with another payload.
	Editable bool `json:"editable,omitempty"`
}

// MarshalJSON implements [json.Marshaler].
func (e Entry) MarshalJSON() ([]byte, error) {
	type plain Entry
	if e.Attempts == nil {
		e.Attempts = []pitboss.Attempt{}
	}
	if e.Payload != nil {
		text, err := encodePayload(&e.Payload)
		if err != nil {
			e.Payload, e.PayloadError = nil, err.Error()
		} else {
			e.Payload = json.RawMessage(text)
		}
	}
	return json.Marshal(plain(e))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (e *Entry) UnmarshalJSON(text []byte) error {
	type plain Entry
	var payload json.RawMessage
	p := plain{Payload: &payload}
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	p.Payload = nil
	if payload != nil {
		p.Payload = payload
	}
	*e = Entry(p)
	return nil
}

// Page is a part of a list.
type Page struct {
	Entries []Entry `json:"deadletters"`
	// Next is the [Filter.After] of the next page; empty on the last one.
	Next Cursor `json:"next,omitempty"`
}

// Count is how many entries of one queue share one reason.
type Count struct {
	Queue  string         `json:"queue"`
	Reason pitboss.Reason `json:"reason"`
	Count  int            `json:"count"`
}
