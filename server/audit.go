package server

import (
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss/correlation"
)

// The verbs of changes, as the audit names them.
const (
	verbRetry   = "retry"
	verbEdit    = "edit"
	verbRecover = "recover"
	verbPurge   = "purge"
	verbCreate  = "create"
	verbCollect = "gc"
	verbProfile = "profile"
)

var verbs = []string{verbRetry, verbEdit, verbRecover, verbPurge, verbCreate, verbCollect, verbProfile}

// change is one thing that an administrator did, or tried and was refused.
type change struct {
	Time   time.Time `json:"time"`
	Actor  string    `json:"actor"`
	Remote string    `json:"remote,omitempty"` // for the administrator's eyes only
	Verb   string    `json:"verb"`
	// Target is what it was done to: an id, a filter, or a name.
	Target string `json:"target"`
	// Count is how many things were changed, also where it failed halfway.
	Count   int    `json:"count"`
	Outcome string `json:"outcome"` // done, refused or failed
	// Error is why it was refused or failed.
	Error       string `json:"error,omitempty"`
	Status      int    `json:"status"`
	Correlation string `json:"correlation_id"`

	look bool // nothing was meant to change: it is not kept
}

// auditKept is how many changes are held of each verb, so that a thousand rooms
// opened do not push out the purge of last night.
const auditKept = 500

// audit holds the latest changes. What it lost is still in the log.
type audit struct {
	mu   sync.Mutex
	kept map[string][]change // by verb, oldest first
}

func (a *audit) add(c *change) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil {
		a.kept = make(map[string][]change)
	}
	list := a.kept[c.Verb]
	if len(list) == auditKept {
		list = slices.Delete(list, 0, 1)
	}
	a.kept[c.Verb] = append(list, *c)
}

// latest returns changes, newest first, of one verb or of all.
func (a *audit) latest(verb string) []change {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := []change{}
	for v, changes := range a.kept {
		if verb == "" || v == verb {
			list = append(list, changes...)
		}
	}
	slices.SortStableFunc(list, func(a, b change) int { return b.Time.Compare(a.Time) })
	return list
}

// changer is a handler that tells what it does.
type changer func(w http.ResponseWriter, r *http.Request, c *change)

// audited notes what an administrator did with a request, and logs it.
func (s *Server) audited(verb string, next changer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := change{Time: time.Now().UTC(), Actor: "admin", Remote: r.RemoteAddr, Verb: verb, Correlation: correlation.From(r.Context())}
		aw := &auditWriter{ResponseWriter: w, status: http.StatusOK}
		next(aw, r, &c)
		if c.look {
			return
		}
		c.Status, c.Error = aw.status, aw.detail
		switch {
		case c.Status < http.StatusBadRequest:
			c.Outcome = "done"
		case c.Status < http.StatusInternalServerError:
			c.Outcome = "refused"
		default:
			c.Outcome = "failed"
		}
		s.audit.add(&c)
		s.config.Log.InfoContext(r.Context(), "changed by the administrator", "verb", c.Verb, "target", c.Target, "count", c.Count,
			"outcome", c.Outcome, "error", c.Error, "remote", c.Remote)
	}
}

// auditWriter notes how a request was answered.
type auditWriter struct {
	http.ResponseWriter
	status int
	detail string
}

func (w *auditWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets [http.ResponseController] reach what is below.
func (w *auditWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// plain makes a changer of a handler that knows nothing of audits.
func plain(target string, next http.Handler) changer {
	return func(w http.ResponseWriter, r *http.Request, c *change) {
		if c.Target = target; target == "" {
			c.Target = path.Base(r.URL.Path)
		}
		next.ServeHTTP(w, r)
		if w.(*auditWriter).status < http.StatusBadRequest {
			c.Count = 1
		}
	}
}

type auditList struct {
	Audit []change `json:"audit"`
	Total int      `json:"total"` // held, of what was asked for
}

// listAudit shows who did what, newest first. From where is told to the
// administrator only.
func (s *Server) listAudit(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	limit, verb := q.limit(100, 1000), q.text("verb")
	if verb != "" && !slices.Contains(verbs, verb) {
		q.faults.Add("verb", verb, listed(verbs))
	}
	if err := q.err(); err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	list := s.audit.latest(verb)
	total := len(list)
	list = list[:min(limit, total)]
	if _, admin := s.authorize(r); !admin {
		for i := range list {
			list[i].Remote = ""
		}
	}
	s.writeJSON(w, r, http.StatusOK, auditList{list, total})
}
