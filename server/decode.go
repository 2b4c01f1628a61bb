package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/pitboss-dev/pitboss"
)

// maxRequest is far more than the longest well-formed request, in bytes;
// maxPayload is that of one with a message's payload in it.
const (
	maxRequest = 4096
	maxPayload = 1 << 20
)

// errNoBody says that a request came without one.
var errNoBody = errors.New("no body")

// decode reads one JSON object and nothing else. Every fault names a field and
// what was given for it; fields are all that there are.
func decode(w http.ResponseWriter, r *http.Request, into any, fields ...string) error {
	return decodeUpTo(w, r, into, maxRequest, fields...)
}

func decodeUpTo(w http.ResponseWriter, r *http.Request, into any, limit int64, fields ...string) error {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return err
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return errNoBody
	}
	if text[0] != '{' { // null, above all, which would do as an empty object
		return &pitboss.FieldError{Field: "body", Value: shortened(text), Allowed: "a JSON object"}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			return &pitboss.FieldError{Field: "body", Value: shortened(text), Allowed: "one JSON object"}
		}
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &pitboss.FieldError{Field: wrong.Field, Value: given(text, wrong.Field), Allowed: words[wrong.Type.Kind().String()]}
	}
	if _, field, unknown := strings.Cut(err.Error(), "unknown field "); unknown {
		field = strings.Trim(field, `"`)
		return &pitboss.FieldError{Field: field, Value: given(text, field), Allowed: "left out: there are " + listed(fields)}
	}
	return &pitboss.FieldError{Field: "body", Value: shortened(text), Allowed: "a JSON object"}
}

// words says by kind what a field wants.
var words = map[string]string{
	"string": "text", "bool": "true or false", "int": "a whole number", "float64": "a number",
	"uint64": "a whole number from 0 to 2^64-1",
}

// listed joins names for a sentence.
func listed(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// given is what an object has in a field, for whoever sent it: text and numbers
// as they are, all else as JSON.
func given(object []byte, field string) any {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(object, &fields) // what follows the object is another fault
	raw := fields[field]
	switch {
	case len(raw) == 0 || len(raw) > maxGiven:
	case raw[0] == '"':
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return json.Number(raw)
	}
	return shortened(raw)
}

// maxGiven bounds what is repeated of a request, in bytes.
const maxGiven = 128

func shortened(text []byte) string {
	if len(text) > maxGiven {
		return strings.ToValidUTF8(string(text[:maxGiven]), "") + "…"
	}
	return string(text)
}
