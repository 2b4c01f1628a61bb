package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/shares"
)

func TestRoomOfARequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, target, body string
		header               string
		room                 string
		named                bool
	}{
		{"GET", "/play?room=a.b&player=ann", "", "websocket", "a.b", true},
		{"GET", "/play?room=a", "", "", "a", false}, // the page of that name
		{"GET", "/api/v1/rooms/a", "", "", "a", true},
		{"GET", "/api/v1/rooms/a%2Fb/journal?limit=1", "", "", "a", true}, // no room is called so
		{"GET", "/api/v1/rooms/a/state", "", "", "a", true},
		{"GET", "/api/v1/visualization/rooms/a", "", "", "a", true},
		{"GET", "/api/v1/visualization/rooms", "", "", "", false},
		{"GET", "/api/v1/rooms", "", "", "", false},
		{"POST", "/api/v1/rooms", `{"game":"nim","room":"a"}`, "", "a", true},
		{"POST", "/api/v1/rooms", `{"game":"nim"}`, "", "", true},
		{"POST", "/api/v1/rooms", `{"game`, "", "", true},
		{"GET", "/api/v1/queues", "", "", "", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.target, strings.NewReader(c.body))
		if c.header != "" {
			r.Header.Set("Upgrade", c.header)
		}
		room, named := roomOf(r)
		if room != c.room && named || named != c.named {
			t.Errorf("%s %s %s: %q %v, want %q %v", c.method, c.target, c.body, room, named, c.room, c.named)
		}
		if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != c.body {
			t.Errorf("%s %s: the body is %q afterwards, %v", c.method, c.target, rest, err)
		}
	}
}

// A request that was passed on is not passed on again.
func TestRequestIsPassedOnOnce(t *testing.T) {
	t.Parallel()
	p := newPassing(&division{}, false, slog.New(slog.DiscardHandler))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/rooms/a", http.NoBody)
	r.Header.Set(passedHeader, "1")
	if owner := p.owner(r); owner != nil {
		t.Errorf("passed on to %v", owner)
	}
}

// An owner that does not answer is a problem like any other.
func TestOwnerAwayIsAProblem(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(correlation.With(t.Context(), "click-1"), http.MethodGet, "/api/v1/rooms/a", http.NoBody)
	w := httptest.NewRecorder()
	ownerAway(w, r, io.EOF)
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%s, %v", w.Body, err)
	}
	if p.Status != w.Code || p.Code != "owner_away" || p.Detail == "" || p.CorrelationID != "click-1" {
		t.Errorf("%+v", p)
	}
}

func TestPagesOfRoomsAreJoined(t *testing.T) {
	t.Parallel()
	page := func(address, text string) *roomPage {
		p := new(roomPage)
		if err := json.Unmarshal([]byte(text), p); err != nil {
			t.Fatal(err)
		}
		p.at(address)
		return p
	}
	all := page("http://one", `{"rooms":[{"room":"b","players":2},{"room":"d"}],"total":2}`)
	other := page("http://other", `{"rooms":[{"room":"a"},{"room":"c"},{"room":"d"}],"total":9,"next":"d"}`)
	all.Rooms, all.Total, all.Next = append(all.Rooms, other.Rooms...), all.Total+other.Total, other.Next
	all.cut("3")
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"rooms":[{"room":"a","node":"http://other"},{"room":"b","players":2,"node":"http://one"},` +
		`{"room":"c","node":"http://other"}],"total":11,"next":"c"}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// The run that shares are in is the latest of any, and over once all say so.
func TestLatestRun(t *testing.T) {
	t.Parallel()
	with := func(notes map[int]string) *natsqueue.Roll {
		roll := new(natsqueue.Roll)
		for share := range shares.Count {
			roll.Shares[share].Note = notes[-1]
			if note, ok := notes[share]; ok {
				roll.Shares[share].Note = note
			}
		}
		return roll
	}
	for _, c := range []struct {
		notes  map[int]string
		number int
		over   bool
	}{
		{nil, 1, false},
		{map[int]string{3: "run 1 is over"}, 1, false},
		{map[int]string{-1: "run 1 is over"}, 1, true},
		{map[int]string{-1: "run 1 is over", 7: "run 2"}, 2, false},
		{map[int]string{-1: "run 2 is over", 7: "run 1 is over"}, 2, false},
		{map[int]string{-1: "run 2 is over"}, 2, true},
		{map[int]string{-1: "of another program"}, 1, false},
	} {
		if number, over := latestRun(with(c.notes)); number != c.number || over != c.over {
			t.Errorf("%v: run %d, over %v, want %d, %v", c.notes, number, over, c.number, c.over)
		}
	}
}
