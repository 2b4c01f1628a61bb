package task

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/pitboss-dev/pitboss"
)

// writtenWork is Work as JSON, whatever its type.
type writtenWork struct {
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// Edit turns JSON that somebody wrote to replace a task's work into Work. It is
// made for the Edit of a dead letter store: the type must be registered, and
// the payload is decoded into the type that it was registered with. Every fault
// matches [pitboss.ErrInvalid].
func (p *Processor) Edit(_ Work, text []byte) (Work, error) {
	var written writtenWork
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&written); err != nil {
		return Work{}, &pitboss.FieldError{Field: "payload", Value: string(text), Allowed: `{"type":…,"payload":…}: ` + err.Error()}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Work{}, &pitboss.FieldError{Field: "payload", Value: string(text), Allowed: `{"type":…,"payload":…} and nothing after it`}
	}
	k := p.kind(written.Type)
	if k == nil {
		return Work{}, &pitboss.FieldError{Field: "payload.type", Value: written.Type, Allowed: "a type of task that is registered"}
	}
	var given any = written.Payload
	if len(written.Payload) == 0 {
		given = nil
	}
	payload, err := k.decode(given)
	if err != nil {
		return Work{}, &pitboss.FieldError{Field: "payload.payload", Value: string(written.Payload), Allowed: k.payload + ": " + err.Error()}
	}
	return Work{Type: written.Type, Payload: payload}, nil
}

// UnmarshalJSON implements [json.Unmarshaler]: the payload stays as it is
// written until a task of its type runs, because only that knows what it is.
func (w *Work) UnmarshalJSON(text []byte) error {
	var written writtenWork
	if err := json.Unmarshal(text, &written); err != nil {
		return err
	}
	w.Type, w.Payload = written.Type, nil
	if written.Payload != nil {
		w.Payload = written.Payload
	}
	return nil
}
