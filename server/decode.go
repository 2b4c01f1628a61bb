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

// decode reads one JSON object and nothing else. Every fault names a field;
// fields are all that there are.
func decode(w http.ResponseWriter, r *http.Request, into any, fields string) error {
	return decodeUpTo(w, r, into, fields, maxRequest)
}

func decodeUpTo(w http.ResponseWriter, r *http.Request, into any, fields string, limit int64) error {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return errNoBody
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			return &pitboss.FieldError{Field: "body", Value: "more than one value", Allowed: "one JSON object"}
		}
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := wrong.Field
		if field == "" {
			field = "body"
		}
		return &pitboss.FieldError{Field: field, Value: wrong.Value, Allowed: words[wrong.Type.Kind().String()]}
	}
	if _, field, unknown := strings.Cut(err.Error(), "unknown field "); unknown {
		return &pitboss.FieldError{Field: strings.Trim(field, `"`), Value: "unknown field", Allowed: fields}
	}
	return &pitboss.FieldError{Field: "body", Value: "malformed", Allowed: "a JSON object"}
}

// words says by kind what a field wants.
var words = map[string]string{
	"string": "text", "bool": "true or false", "int": "a whole number", "float64": "a number",
	"uint64": "a whole number from 0 to 2^64-1", "struct": "a JSON object",
}
