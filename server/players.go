package server

import (
	"fmt"
	"net/http"
)

func (s *Server) showPlayer(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("player")
	player, ok := s.config.Visual.Player(name)
	if !ok {
		writeProblem(w, r, problem{
			Status: http.StatusNotFound, Code: "no_such_player", Detail: fmt.Sprintf("nothing is known of a player %q", name),
		})
		return
	}
	s.writeJSON(w, r, http.StatusOK, player)
}
