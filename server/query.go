package server

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pitboss-dev/pitboss"
)

// query reads the parameters of a request and collects what is wrong with them.
type query struct {
	values url.Values
	faults pitboss.FieldErrors
}

// queryOf parses the query string. One that cannot be decoded is a fault of its
// own: [net/url.URL.Query] would drop the parameter without a word. So is a
// parameter that is given twice, of which one would be dropped; only types may be.
func queryOf(r *http.Request) *query {
	q := new(query)
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		q.faults.Add("query", r.URL.RawQuery, "name=value pairs joined by &, percent-encoded")
	}
	q.add(values)
	return q
}

// add takes parameters in, beside those that there are.
func (q *query) add(values url.Values) {
	if q.values == nil {
		q.values = make(url.Values, len(values))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		given := slices.Concat(q.values[name], values[name])
		if len(given) > 1 && name != "type" {
			q.faults.Add(name, strings.Join(given, ", "), "given once")
		}
		q.values[name] = given
	}
}

// only refuses parameters that are not among names. Changes ask for it: of one
// that is misspelt, more would be changed than was meant.
func (q *query) only(names ...string) {
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		if !slices.Contains(names, name) {
			q.faults.Add(name, q.text(name), "left out: there are "+listed(names))
		}
	}
}

func (q *query) text(name string) string { return q.values.Get(name) }

// sequence reads a number from 0, and says whether one was given.
func (q *query) sequence(name string) (n uint64, given bool) {
	text := q.values.Get(name)
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		q.faults.Add(name, text, "a sequence number: 0 or more")
	}
	return n, true
}

// limit reads how many entries are wanted.
func (q *query) limit(standard, most int) int {
	text := q.values.Get("limit")
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		q.faults.Add("limit", text, fmt.Sprintf("1 to %d", most))
		return standard
	}
	return n
}

// flag reads true or false; absent means false.
func (q *query) flag(name string) bool {
	text := q.values.Get(name)
	if text == "" {
		return false
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		q.faults.Add(name, text, "true or false")
	}
	return on
}

func (q *query) err() error { return q.faults.Err() }
