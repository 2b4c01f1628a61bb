package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
)

// deadLetterRoutes are there where there are dead letters.
func (s *Server) deadLetterRoutes(mux *http.ServeMux) {
	const path = "/api/v1/deadletters"
	mux.HandleFunc("GET "+path, s.listDeadLetters)
	mux.HandleFunc("GET "+path+"/{id}", s.showDeadLetter)
	mux.Handle("POST "+path+"/{id}/retry", s.change(verbRetry, s.retryDeadLetter))
	mux.Handle("POST "+path+"/{id}/recover", s.change(verbRecover, s.recoverDeadLetter))
	mux.Handle("POST "+path+"/{id}/purge", s.change(verbPurge, s.purgeDeadLetter))
	mux.Handle("POST "+path+"/retry", s.change(verbRetry, s.retryDeadLetters))
	mux.Handle("POST "+path+"/purge", s.change(verbPurge, s.purgeDeadLetters))
}

type deadLetterList struct {
	deadletter.Page
	Counts []deadletter.Count `json:"counts"` // of all that the filter chooses
	Total  int                `json:"total"`
}

func (s *Server) listDeadLetters(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	filter, err := deadletter.FilterFromQuery(q.values)
	if err = errors.Join(q.err(), err); err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	page, err := s.config.DeadLetters.Entries(r.Context(), filter)
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	counts, total, err := s.countDeadLetters(r, filter)
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	for i := range page.Entries {
		s.censor(r, &page.Entries[i])
	}
	s.writeJSON(w, r, http.StatusOK, deadLetterList{page, counts, total})
}

func (s *Server) countDeadLetters(r *http.Request, f deadletter.Filter) (counts []deadletter.Count, total int, err error) {
	f.After, f.Limit = "", 0
	counts, err = s.config.DeadLetters.Counts(r.Context(), f)
	for _, c := range counts {
		total += c.Count
	}
	if counts == nil {
		counts = []deadletter.Count{}
	}
	return counts, total, err
}

func (s *Server) showDeadLetter(w http.ResponseWriter, r *http.Request) {
	entry, err := s.config.DeadLetters.Entry(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	s.censor(r, &entry)
	s.writeJSON(w, r, http.StatusOK, entry)
}

// censor takes out what only the administrator may see: a payload can hold a
// player's hand.
func (s *Server) censor(r *http.Request, e *deadletter.Entry) {
	if _, admin := s.authorize(r); !admin {
		e.Payload, e.Headers, e.PayloadError = nil, nil, "shown to the administrator only"
	}
}

// retryRequest is the body of a retry; there need not be one.
type retryRequest struct {
	// Payload is put back in place of the message's own.
	Payload json.RawMessage `json:"payload"`
}

func (s *Server) retryDeadLetter(w http.ResponseWriter, r *http.Request, c *change) {
	id := r.PathValue("id")
	c.Target = id
	var request retryRequest
	if err := decodeUpTo(w, r, &request, maxPayload, "payload"); err != nil && !errors.Is(err, errNoBody) {
		writeProblem(w, r, problemOf(err))
		return
	}
	if err := s.putBack(r.Context(), id, request.Payload, c); err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	c.Count = 1
	s.writeJSON(w, r, http.StatusOK, map[string]any{"id": id, "state": deadletter.Retried})
}

// putBack retries one message, with another payload where there is one.
func (s *Server) putBack(ctx context.Context, id string, payload []byte, c *change) error {
	if len(payload) == 0 {
		return s.config.DeadLetters.Retry(ctx, id)
	}
	c.Verb = verbEdit
	if editor, ok := s.config.DeadLetters.(deadletter.Editor); ok {
		return editor.RetryWith(ctx, id, payload)
	}
	return deadletter.ErrNotEditable
}

func (s *Server) recoverDeadLetter(w http.ResponseWriter, r *http.Request, c *change) {
	c.Target = r.PathValue("id")
	entry, err := s.config.DeadLetters.Recover(r.Context(), c.Target)
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	c.Count = 1
	s.writeJSON(w, r, http.StatusOK, entry)
}

func (s *Server) purgeDeadLetter(w http.ResponseWriter, r *http.Request, c *change) {
	c.Target = r.PathValue("id")
	err := deadletter.ErrNotRemovable
	if remover, ok := s.config.DeadLetters.(deadletter.Remover); ok {
		err = remover.Remove(r.Context(), c.Target)
	}
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	c.Count = 1
	s.writeJSON(w, r, http.StatusOK, map[string]any{"id": c.Target, "purged": 1})
}

func (s *Server) retryDeadLetters(w http.ResponseWriter, r *http.Request, c *change) {
	s.changeDeadLetters(w, r, c, "retried", func(chosen choice) (int, error) {
		return s.config.DeadLetters.RetryAll(r.Context(), chosen.filter, chosen.rate)
	})
}

func (s *Server) purgeDeadLetters(w http.ResponseWriter, r *http.Request, c *change) {
	s.changeDeadLetters(w, r, c, "purged", func(chosen choice) (int, error) {
		return s.config.DeadLetters.Purge(r.Context(), chosen.filter)
	})
}

// changeDeadLetters changes all that a filter chooses, or in a dry run counts
// them. The answer's field tells how many.
func (s *Server) changeDeadLetters(w http.ResponseWriter, r *http.Request, c *change, field string, act func(choice) (int, error)) {
	chosen, err := choiceOf(w, r)
	if err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	if c.look = chosen.dry; c.look {
		_, c.Count, err = s.countDeadLetters(r, chosen.filter)
		if most := chosen.filter.Limit; most > 0 {
			c.Count = min(c.Count, most)
		}
	} else {
		c.Target = "all"
		if named := chosen.filter.Query().Encode(); named != "" {
			c.Target = named
		}
		c.Count, err = act(chosen)
	}
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	s.writeJSON(w, r, http.StatusOK, map[string]any{field: c.Count, "dry_run": chosen.dry})
}

// choice is which dead letters a bulk change is about, and how to make it.
type choice struct {
	filter deadletter.Filter
	dry    bool
	rate   float64 // messages a second; zero: no limit
}

// choiceRequest is the body of a bulk change. The same fields are accepted as
// parameters of the address: each in one place.
type choiceRequest struct {
	Queue       string   `json:"queue"`
	Reason      string   `json:"reason"`
	Key         string   `json:"key"`
	Correlation string   `json:"correlation"`
	OlderThan   string   `json:"older_than"`
	Limit       *int     `json:"limit"`
	DryRun      *bool    `json:"dry_run"`
	Rate        *float64 `json:"rate"`
}

var choiceFields = []string{"queue", "reason", "key", "correlation", "older_than", "limit", "dry_run", "rate"}

func choiceOf(w http.ResponseWriter, r *http.Request) (choice, error) {
	q := queryOf(r)
	q.only(choiceFields...)
	var body choiceRequest
	switch err := decode(w, r, &body, choiceFields...); {
	case errors.Is(err, errNoBody):
	case err != nil:
		return choice{}, err
	default:
		q.add(body.query())
	}
	filter, err := deadletter.FilterFromQuery(q.values)
	if err != nil {
		q.faults = append(q.faults, err)
	}
	c := choice{filter: filter, dry: q.flag("dry_run")}
	if text := q.text("rate"); text != "" {
		c.rate, err = strconv.ParseFloat(text, 64)
		if err != nil || !(c.rate >= 0) { // nor what is not a number
			q.faults.Add("rate", text, "messages a second: zero (no limit) or more")
		}
	}
	return c, q.err()
}

// query is what was given, as parameters.
func (b *choiceRequest) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"queue": b.Queue, "reason": b.Reason, "key": b.Key, "correlation": b.Correlation, "older_than": b.OlderThan,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if b.DryRun != nil {
		v.Set("dry_run", strconv.FormatBool(*b.DryRun))
	}
	if b.Rate != nil {
		v.Set("rate", strconv.FormatFloat(*b.Rate, 'g', -1, 64))
	}
	if b.Limit != nil {
		v.Set("limit", strconv.Itoa(*b.Limit))
	}
	return v
}

func (s *Server) failDeadLetter(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, deadletter.ErrNotFound):
		writeProblem(w, r, problem{Status: http.StatusNotFound, Code: "no_such_dead_letter", Detail: fmt.Sprintf("there is no dead letter %q", r.PathValue("id"))})
	case errors.Is(err, deadletter.ErrResolved):
		writeProblem(w, r, problem{Status: http.StatusConflict, Code: "resolved", Detail: err.Error()})
	case errors.Is(err, deadletter.ErrNoOrigin):
		writeProblem(w, r, problem{Status: http.StatusConflict, Code: "no_origin", Detail: err.Error()})
	case errors.Is(err, deadletter.ErrNotEditable):
		writeProblem(w, r, problem{Status: http.StatusConflict, Code: "not_editable", Detail: err.Error()})
	case errors.Is(err, deadletter.ErrNotRemovable):
		writeProblem(w, r, problem{Status: http.StatusConflict, Code: "not_removable", Detail: err.Error()})
	case errors.Is(err, pitboss.ErrDeadlineMissed):
		writeProblem(w, r, problem{Status: http.StatusConflict, Code: "deadline_missed", Detail: err.Error()})
	case errors.Is(err, pitboss.ErrFull):
		writeProblem(w, r, problem{Status: http.StatusServiceUnavailable, Code: "queue_full", Detail: err.Error()})
	default:
		s.fail(w, r, "dead letters", err)
	}
}
