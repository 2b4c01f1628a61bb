package server

import (
	"encoding/json"
	"math"
	"net/http"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

type journal struct {
	Room   string            `json:"room"`
	Events []json.RawMessage `json:"events"`
	// Next is what since must be for the next page; absent on the last.
	Next uint64 `json:"next,omitempty"`
}

// showJournal shows a room's events as a spectator sees them. The administrator
// may ask for the secrets too.
func (s *Server) showJournal(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	since, _ := q.sequence("since")
	limit, reveal := q.limit(500, 5000), q.flag("reveal")
	if err := q.err(); err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	if reveal {
		if p, ok := s.authorize(r); !ok {
			writeProblem(w, r, p)
			return
		}
	}
	id := r.PathValue("room")
	spectator, err := s.host.Follow(r.Context(), id, room.NoSeat, math.MaxUint64)
	var events []event.Event
	if err == nil {
		events, err = s.host.Events(r.Context(), id, since)
	}
	if err != nil {
		s.fail(w, r, "journal not read", err)
		return
	}
	page := journal{Room: id}
	if len(events) > limit {
		events = events[:limit]
		page.Next = events[limit-1].RoomSeq
	}
	page.Events = make([]json.RawMessage, len(events))
	for i := range events {
		if page.Events[i], err = journalEntry(spectator, events[i], reveal); err != nil {
			s.fail(w, r, "event not encoded", err)
			return
		}
	}
	s.writeJSON(w, r, http.StatusOK, page)
}

func journalEntry(spectator *room.Follower, e event.Event, reveal bool) ([]byte, error) {
	shown := spectator.Reveal(e)
	text, err := json.Marshal(&shown)
	if err != nil || !reveal || e.Secret == nil {
		return text, err
	}
	secret, err := json.Marshal(e.Secret)
	if err != nil {
		return nil, err
	}
	text = append(text[:len(text)-1], `,"secret":`...)
	return append(append(text, secret...), '}'), nil
}
