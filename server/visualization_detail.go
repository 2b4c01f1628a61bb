package server

import (
	"fmt"
	"net/http"
)

// showVisualState shows one state: how long rooms stay in it, and which have
// been there longest.
func (s *Server) showVisualState(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("state")
	state, ok := s.config.Visual.State(name)
	if !ok {
		writeProblem(w, r, problem{
			Status: http.StatusNotFound, Code: "no_such_state", Detail: fmt.Sprintf("no room has been in a state %q", name),
		})
		return
	}
	s.writeJSON(w, r, http.StatusOK, state)
}

// showTransition shows the changes from one state to another.
func (s *Server) showTransition(w http.ResponseWriter, r *http.Request) {
	from, to := r.PathValue("from"), r.PathValue("to")
	transition, ok := s.config.Visual.Transition(from, to)
	if !ok {
		writeProblem(w, r, problem{
			Status: http.StatusNotFound, Code: "no_such_transition", Detail: fmt.Sprintf("no room has gone from %q to %q", from, to),
		})
		return
	}
	s.writeJSON(w, r, http.StatusOK, transition)
}

// showRoomHealth shows how one room is.
func (s *Server) showRoomHealth(w http.ResponseWriter, r *http.Request) {
	status, ok := s.config.Visual.Room(r.PathValue("room"))
	if !ok {
		s.noRoom(w, r)
		return
	}
	s.writeJSON(w, r, http.StatusOK, status)
}
