package deadletter

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Filter chooses entries. Every field that is not zero must match. The zero
// value chooses all that are held.
type Filter struct {
	Queue         string
	Reason        pitboss.Reason
	Key           string
	CorrelationID string
	// OlderThan chooses what was given up on at least so long ago.
	OlderThan time.Duration
	// State chooses by state. Empty: [Held]. [AnyState] takes all.
	State State
	// Limit bounds the number of entries, at most [MaxLimit]. Zero:
	// [DefaultLimit] in lists, no bound in counts and changes.
	Limit int
	// After continues a list after the page that returned it.
	After Cursor
}

// DefaultLimit is the length of a page where a filter names none, MaxLimit the
// longest.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Cursor is a place in a list, newest entries first. It stays valid while
// entries come and go.
type Cursor string

// CursorOf returns the place of an entry: a list after it holds what is older.
func CursorOf(e *Entry) Cursor { return cursor(e.At, e.ID) }

func cursor(at time.Time, id string) Cursor {
	return Cursor(strconv.FormatInt(at.UnixNano(), 36) + "." + id)
}

func (c Cursor) parse() (at int64, id string, ok bool) {
	digits, id, ok := strings.Cut(string(c), ".")
	if !ok {
		return 0, "", false
	}
	at, err := strconv.ParseInt(digits, 36, 64)
	return at, id, err == nil
}

// Validate reports every field that makes no sense, joined.
func (f *Filter) Validate() error {
	var faults pitboss.FieldErrors
	if f.Reason != "" && !slices.Contains(pitboss.Reasons(), f.Reason) {
		faults.Add("reason", string(f.Reason), "one of "+joined(pitboss.Reasons()))
	}
	states := []State{Held, Retried, Recovered, AnyState}
	if f.State != "" && !slices.Contains(states, f.State) {
		faults.Add("state", string(f.State), "one of "+joined(states))
	}
	if f.OlderThan < 0 {
		faults.Add("older_than", f.OlderThan, "zero or more")
	}
	if f.Limit < 0 || f.Limit > MaxLimit {
		faults.Add("limit", f.Limit, "0 to "+strconv.Itoa(MaxLimit))
	}
	if f.After != "" {
		if _, _, ok := f.After.parse(); !ok {
			faults.Add("after", string(f.After), "the next of an earlier page")
		}
	}
	return faults.Err()
}

func joined[S ~string](values []S) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

// FilterFromQuery reads a filter from the parameters queue, reason, key,
// correlation, older_than, state, limit and after. Others are not looked at. A
// limit that is given is at least 1: whoever writes 0 does not mean all.
func FilterFromQuery(q url.Values) (Filter, error) {
	f := Filter{
		Queue: q.Get("queue"), Reason: pitboss.Reason(q.Get("reason")), Key: q.Get("key"),
		CorrelationID: q.Get("correlation"), State: State(q.Get("state")), After: Cursor(q.Get("after")),
	}
	var faults pitboss.FieldErrors
	if text := q.Get("older_than"); text != "" {
		age, err := time.ParseDuration(text)
		if err != nil || age < 0 {
			faults.Add("older_than", text, "a duration such as 90m or 24h")
		} else {
			f.OlderThan = age
		}
	}
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > MaxLimit {
			faults.Add("limit", text, "1 to "+strconv.Itoa(MaxLimit))
		} else {
			f.Limit = n
		}
	}
	if err := f.Validate(); err != nil {
		faults = append(faults, err)
	}
	return f, faults.Err()
}

// Query is the inverse of [FilterFromQuery].
func (f *Filter) Query() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("queue", f.Queue)
	set("reason", string(f.Reason))
	set("key", f.Key)
	set("correlation", f.CorrelationID)
	set("state", string(f.State))
	set("after", string(f.After))
	if f.OlderThan != 0 {
		q.Set("older_than", f.OlderThan.String())
	}
	if f.Limit != 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// matches reports whether f chooses l, After and Limit aside.
func matches[T any](f *Filter, l *Letter[T], now time.Time) bool {
	switch {
	case f.Queue != "" && f.Queue != l.Queue,
		f.Reason != "" && f.Reason != l.Reason,
		f.Key != "" && f.Key != l.Message.Key,
		f.CorrelationID != "" && f.CorrelationID != l.Message.CorrelationID,
		f.OlderThan > 0 && now.Sub(l.At) < f.OlderThan:
		return false
	}
	return f.State == AnyState || l.State == cmp.Or(f.State, Held)
}

// newer orders entries newest first, and by ID where they are of one age.
func newer(at int64, id string, otherAt int64, otherID string) int {
	return cmp.Or(cmp.Compare(otherAt, at), strings.Compare(otherID, id))
}
