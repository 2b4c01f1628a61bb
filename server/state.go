package server

import (
	"net/http"

	"github.com/pitboss-dev/pitboss/room"
)

// pastState is a room as it was after one of its events.
type pastState struct {
	Room  string      `json:"room"`
	Seq   uint64      `json:"seq"`
	State string      `json:"state"`
	Seats []room.Seat `json:"seats"`
	// View is the game as spectators saw it then.
	View any `json:"view"`
	// Views are what the seats saw, for the administrator who asked.
	Views []any `json:"views,omitempty"`
}

// showState replays a room to a sequence, or to its last one. The administrator
// may ask for what each seat sees too.
func (s *Server) showState(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	at, given := q.sequence("at")
	reveal := q.flag("reveal")
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
	past, err := s.host.Present(r.Context(), id)
	if given && err == nil {
		past, err = s.host.Past(r.Context(), id, at)
	}
	if err != nil {
		s.fail(w, r, "room not replayed", err)
		return
	}
	state := pastState{Room: id, Seq: past.Seq(), State: past.Phase(), Seats: past.Seats(), View: past.View(room.NoSeat)}
	if reveal {
		for seat := range state.Seats {
			state.Views = append(state.Views, past.View(seat))
		}
	}
	s.writeJSON(w, r, http.StatusOK, state)
}
