package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/room"
)

// problem is an RFC 9457 problem document. Its type is always about:blank; code
// and errors are for programs.
type problem struct {
	Type          string  `json:"type"`
	Title         string  `json:"title"`
	Status        int     `json:"status"`
	Detail        string  `json:"detail,omitempty"`
	Code          string  `json:"code,omitempty"`
	Errors        []fault `json:"errors,omitempty"`
	CorrelationID string  `json:"correlation_id,omitempty"`
}

// fault is one bad field of a request.
type fault struct {
	Field   string `json:"field"`
	Value   any    `json:"value"`
	Allowed string `json:"allowed"`
}

// String says what is wrong to a person.
func (f *fault) String() string {
	if text, ok := f.Value.(string); ok {
		if text == "" {
			return fmt.Sprintf("%s must be %s", f.Field, f.Allowed)
		}
		return fmt.Sprintf("%s must be %s, not %q", f.Field, f.Allowed, text)
	}
	return fmt.Sprintf("%s must be %s, not %v", f.Field, f.Allowed, f.Value)
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	if aw, ok := w.(*auditWriter); ok {
		aw.detail = p.Detail
	}
	p.Type, p.Title, p.CorrelationID = "about:blank", http.StatusText(p.Status), correlation.From(r.Context())
	text, err := json.Marshal(p)
	if err != nil { // a value that JSON does not have
		p.Errors = nil
		text, _ = json.Marshal(p)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if p.Code == room.CodeMoved { // within a second there is a server that has the room
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n')) // the client has gone: nobody to tell
}

// problemOf says what a failure means to whoever asked. Faults of the server's
// own keep their text to themselves.
func problemOf(err error) problem {
	if refusal, ok := errors.AsType[*room.Refusal](err); ok {
		return problem{Status: statusOf(refusal.Code), Code: refusal.Code, Detail: refusal.Message}
	}
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem{
			Status: http.StatusRequestEntityTooLarge, Code: "too_large",
			Detail: fmt.Sprintf("the request may be %d bytes long", long.Limit),
		}
	}
	switch {
	case errors.Is(err, errNoBody):
		return problem{Status: http.StatusBadRequest, Code: "invalid", Detail: "the request needs a body: a JSON object"}
	case errors.Is(err, room.ErrRoomExists):
		return problem{Status: http.StatusConflict, Code: "room_exists", Detail: err.Error()}
	case errors.Is(err, room.ErrTooManyRooms):
		return problem{Status: http.StatusServiceUnavailable, Code: "too_many_rooms", Detail: err.Error()}
	case errors.Is(err, pitboss.ErrFull):
		return problem{Status: http.StatusServiceUnavailable, Code: "busy", Detail: "too much to do; try again later"}
	case errors.Is(err, pitboss.ErrClosed):
		return draining
	case errors.Is(err, pitboss.ErrInvalid):
		p := problem{Status: http.StatusBadRequest, Code: "invalid", Errors: faults(err)}
		details := make([]string, len(p.Errors))
		for i, f := range p.Errors {
			details[i] = f.String()
		}
		p.Detail = strings.Join(details, "; ")
		return p
	}
	return problem{Status: http.StatusInternalServerError, Code: room.CodeInternal, Detail: "the server could not handle this; it is not your fault"}
}

var draining = problem{Status: http.StatusServiceUnavailable, Code: "draining", Detail: "the server is shutting down; try again later"}

func statusOf(code string) int {
	switch code {
	case room.CodeNoRoom:
		return http.StatusNotFound
	case room.CodeFull, room.CodeSeatTaken, room.CodeStarted, room.CodeOver:
		return http.StatusConflict
	case room.CodeSession:
		return http.StatusForbidden
	case room.CodeMoved:
		return http.StatusServiceUnavailable
	case room.CodeInternal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// faults collects the field errors that err joins.
func faults(err error) []fault {
	if f, ok := err.(*pitboss.FieldError); ok { //nolint:errorlint // the tree is walked by hand, because errors.As finds one only
		return []fault{{f.Field, f.Value, f.Allowed}}
	}
	var found []fault
	switch wrapped := err.(type) { //nolint:errorlint // the same
	case interface{ Unwrap() []error }:
		for _, inner := range wrapped.Unwrap() {
			found = append(found, faults(inner)...)
		}
	case interface{ Unwrap() error }:
		found = faults(wrapped.Unwrap())
	}
	return found
}

// problems turns the plain text errors of others' handlers, of the standard
// library's mux above all, into problem documents.
func problems(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pw := &problemWriter{ResponseWriter: w, request: r}
		next.ServeHTTP(pw, r)
		pw.finish()
	})
}

// problemWriter holds an error in plain text back until its handler has
// returned, because what the handler writes about it becomes the detail.
type problemWriter struct {
	http.ResponseWriter
	request *http.Request
	wrote   bool
	held    int    // the status held back; zero: none
	text    []byte // the beginning of what the handler wrote about it
}

// maxHeldText bounds the detail that is taken from a handler, in bytes.
const maxHeldText = 512

func (w *problemWriter) WriteHeader(status int) {
	kind := w.Header().Get("Content-Type")
	switch {
	case w.held != 0: // a second one is superfluous
	case !w.wrote && status >= 400 && (kind == "" || strings.HasPrefix(kind, "text/plain")):
		w.wrote, w.held = true, status
	default:
		w.wrote = true
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *problemWriter) Write(b []byte) (int, error) {
	if w.held != 0 {
		w.text = append(w.text, b[:min(len(b), maxHeldText-len(w.text))]...)
		return len(b), nil
	}
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// finish answers with the error that was held back, if one was.
func (w *problemWriter) finish() {
	if w.held == 0 {
		return
	}
	w.Header().Del("Content-Length")
	p := problem{Status: w.held}
	switch w.held {
	case http.StatusNotFound:
		p.Detail = "there is nothing at " + w.request.URL.Path
	case http.StatusMethodNotAllowed:
		p.Detail = fmt.Sprintf("%s takes %s, not %s", w.request.URL.Path, w.Header().Get("Allow"), w.request.Method)
	case http.StatusInternalServerError: // its text is not for strangers
	default:
		p.Detail = strings.ToValidUTF8(strings.TrimSpace(string(w.text)), "")
	}
	writeProblem(w.ResponseWriter, w.request, p)
}

// Unwrap lets [http.ResponseController], and a WebSocket, reach what is below.
func (w *problemWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
