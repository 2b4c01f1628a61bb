package server

import (
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
	mux.Handle("POST "+path+"/{id}/retry", s.change(s.retryDeadLetter))
	mux.Handle("POST "+path+"/{id}/recover", s.change(s.recoverDeadLetter))
	mux.Handle("POST "+path+"/retry", s.change(s.retryDeadLetters))
	mux.Handle("POST "+path+"/purge", s.change(s.purgeDeadLetters))
}

type deadLetterList struct {
	deadletter.Page
	Counts []deadletter.Count `json:"counts"` // of all that the filter chooses
	Total  int                `json:"total"`
}

func (s *Server) listDeadLetters(w http.ResponseWriter, r *http.Request) {
	filter, err := deadletter.FilterFromQuery(r.URL.Query())
	if err != nil {
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

func (s *Server) retryDeadLetter(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := s.config.DeadLetters.Retry(r.Context(), id); err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	s.config.Log.InfoContext(r.Context(), "dead letter retried", "id", id)
	s.writeJSON(w, r, http.StatusOK, map[string]any{"id": id, "state": deadletter.Retried})
}

func (s *Server) recoverDeadLetter(w http.ResponseWriter, r *http.Request) {
	entry, err := s.config.DeadLetters.Recover(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	s.config.Log.InfoContext(r.Context(), "dead letter recovered", "id", entry.ID)
	s.writeJSON(w, r, http.StatusOK, entry)
}

func (s *Server) retryDeadLetters(w http.ResponseWriter, r *http.Request) {
	c, err := choiceOf(w, r)
	if err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	var n int
	if c.dry {
		_, n, err = s.countDeadLetters(r, c.filter)
	} else {
		n, err = s.config.DeadLetters.RetryAll(r.Context(), c.filter, c.rate)
		s.config.Log.InfoContext(r.Context(), "dead letters retried", "count", n, "filter", c.filter.Query().Encode(), "error", err)
	}
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	s.writeJSON(w, r, http.StatusOK, map[string]any{"retried": n, "dry_run": c.dry})
}

func (s *Server) purgeDeadLetters(w http.ResponseWriter, r *http.Request) {
	c, err := choiceOf(w, r)
	if err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	var n int
	if c.dry {
		_, n, err = s.countDeadLetters(r, c.filter)
	} else {
		n, err = s.config.DeadLetters.Purge(r.Context(), c.filter)
		s.config.Log.InfoContext(r.Context(), "dead letters purged", "count", n, "filter", c.filter.Query().Encode(), "error", err)
	}
	if err != nil {
		s.failDeadLetter(w, r, err)
		return
	}
	s.writeJSON(w, r, http.StatusOK, map[string]any{"purged": n, "dry_run": c.dry})
}

// choice is which dead letters a bulk change is about, and how to make it.
type choice struct {
	filter deadletter.Filter
	dry    bool
	rate   float64 // messages a second; zero: no limit
}

// choiceRequest is the body of a bulk change. The same fields are accepted as
// parameters of the address, where there is no body.
type choiceRequest struct {
	Queue       string  `json:"queue"`
	Reason      string  `json:"reason"`
	Key         string  `json:"key"`
	Correlation string  `json:"correlation"`
	OlderThan   string  `json:"older_than"`
	Limit       int     `json:"limit"`
	DryRun      bool    `json:"dry_run"`
	Rate        float64 `json:"rate"`
}

func choiceOf(w http.ResponseWriter, r *http.Request) (choice, error) {
	values := r.URL.Query()
	var body choiceRequest
	switch err := decode(w, r, &body, "queue, reason, key, correlation, older_than, limit, dry_run or rate"); {
	case errors.Is(err, errNoBody):
	case err != nil:
		return choice{}, err
	default:
		values = body.query()
	}
	filter, err := deadletter.FilterFromQuery(values)
	q := &query{values: values}
	if err != nil {
		q.faults = append(q.faults, err)
	}
	c := choice{filter: filter, dry: q.flag("dry_run")}
	if text := values.Get("rate"); text != "" {
		c.rate, err = strconv.ParseFloat(text, 64)
		if err != nil || c.rate < 0 {
			q.faults.Add("rate", text, "messages a second: zero (no limit) or more")
		}
	}
	return c, q.err()
}

func (b *choiceRequest) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"queue": b.Queue, "reason": b.Reason, "key": b.Key, "correlation": b.Correlation, "older_than": b.OlderThan,
	} {
		v.Set(name, value)
	}
	v.Set("dry_run", strconv.FormatBool(b.DryRun))
	v.Set("rate", strconv.FormatFloat(b.Rate, 'g', -1, 64))
	if b.Limit != 0 {
		v.Set("limit", strconv.Itoa(b.Limit))
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
	case errors.Is(err, pitboss.ErrFull):
		writeProblem(w, r, problem{Status: http.StatusServiceUnavailable, Code: "queue_full", Detail: err.Error()})
	default:
		s.fail(w, r, "dead letters", err)
	}
}
