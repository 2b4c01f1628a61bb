package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/room"
)

// eventRoutes are there where there is a stream.
func (s *Server) eventRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/events", s.listEvents)
	mux.HandleFunc("GET /api/v1/events/stream", s.streamEvents)
}

type eventPage struct {
	Events []json.RawMessage `json:"events"`
	// Next is what since must be to go on from here, at once or later.
	Next uint64 `json:"next"`
	// Last is the number of the stream's last event, wanted or not.
	Last uint64 `json:"last"`
	// Missed are events after since that are no longer held.
	Missed *stream.Missed `json:"missed,omitempty"`
}

// listEvents shows the history: the first events after since, or without it the
// latest.
func (s *Server) listEvents(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	filter, limit := q.events(), q.limit(200, 10_000)
	since, given := q.sequence("since")
	if err := errors.Join(q.err(), s.config.Stream.Validate(filter)); err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	var found stream.Page
	var err error
	if given {
		found, err = s.config.Stream.After(filter, since, limit)
	} else {
		found, err = s.config.Stream.Latest(filter, limit)
	}
	if err != nil {
		s.fail(w, r, "history not read", err)
		return
	}
	page := eventPage{Next: found.Next, Last: found.Last, Events: make([]json.RawMessage, len(found.Entries))}
	if found.Missed.Count > 0 {
		page.Missed = &found.Missed
	}
	for i, e := range found.Entries {
		page.Events[i] = e.JSON()
	}
	s.writeJSON(w, r, http.StatusOK, page)
}

// events reads which events are wanted. Types may be given one by one or with
// commas between; whether they are there, the stream knows.
func (q *query) events() stream.Filter {
	f := stream.Filter{Room: q.text("room"), Game: q.text("game"), Player: q.text("player"), Correlation: q.text("correlation")}
	for _, list := range q.values["type"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				f.Types = append(f.Types, name)
			}
		}
	}
	if f.Room != "" && !room.WellFormedName(f.Room) {
		q.faults.Add("room", f.Room, "a room's id: "+room.NameAllowed)
	}
	if f.Player != "" && !room.WellFormedName(f.Player) {
		q.faults.Add("player", f.Player, room.NameAllowed)
	}
	if f.Correlation != "" && !correlation.WellFormed(f.Correlation) {
		q.faults.Add("correlation", f.Correlation, "1 to 128 letters, digits, '-', '_', '.' or ':'")
	}
	if text := q.text("severity"); text != "" {
		if err := f.Severity.UnmarshalText([]byte(text)); err != nil {
			q.faults = append(q.faults, err)
		}
	}
	return f
}

// delivered publishes that an update was written to its recipient. There are so
// many of these that they are published only while somebody looks for them.
func (c *connection) delivered(u *room.Update) {
	s := &c.server.config
	if len(u.Events) == 0 || s.Stream == nil || !s.Stream.Wanted(event.BroadcastSent) {
		return
	}
	last := &u.Events[len(u.Events)-1]
	s.Publisher.Publish([]event.Event{{
		Type: event.BroadcastSent, Time: time.Now(), Room: last.Room, Game: last.Game, Player: c.place.Player,
		CorrelationID: last.CorrelationID, TraceID: last.TraceID,
		Data: event.Broadcast{Seat: c.place.Seat, Events: len(u.Events), RoomSeq: last.RoomSeq},
	}})
}

type streamStatus struct {
	Subscribers int    `json:"subscribers"`
	Listeners   int    `json:"listeners"` // of the subscribers, those over WebSocket
	First       uint64 `json:"first"`     // the oldest event held; last+1 for none
	Last        uint64 `json:"last"`
	Missed      uint64 `json:"missed"` // by subscribers who fell behind
}

func (s *Server) streamStatus() *streamStatus {
	if s.config.Stream == nil {
		return nil
	}
	stats := s.config.Stream.Stats()
	return &streamStatus{stats.Subscribers, s.listeners.count(), stats.First, stats.Last, stats.Missed}
}
