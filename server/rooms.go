package server

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/room"
)

type roomRequest struct {
	Game     string  `json:"game"`
	Bots     int     `json:"bots"`
	Strength string  `json:"strength"`
	Room     string  `json:"room"`
	Seed     *uint64 `json:"seed"`
}

type roomCreated struct {
	Room string `json:"room"`
	Game string `json:"game"`
}

func (s *Server) createRoom(w http.ResponseWriter, r *http.Request, c *change) {
	var request roomRequest
	if err := decode(w, r, &request, "game", "bots", "strength", "room", "seed"); err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	c.Target = request.Room
	spec, err := s.spec(request)
	if err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.config.EnterTimeout)
	defer cancel()
	id, err := s.host.Create(ctx, spec)
	if err != nil {
		s.fail(w, r, "room not created", err)
		return
	}
	c.Target, c.Count = id, 1
	w.Header().Set("Location", "/api/v1/rooms/"+url.PathEscape(id))
	s.writeJSON(w, r, http.StatusCreated, roomCreated{Room: id, Game: spec.Game})
}

func (s *Server) spec(request roomRequest) (room.Spec, error) {
	spec := room.Spec{ID: request.Room, Game: request.Game, Bots: request.Bots, Strength: request.Strength}
	if allowed := s.config.Strengths; len(allowed) > 0 {
		if spec.Strength == "" {
			spec.Strength = allowed[0]
		} else if !slices.Contains(allowed, spec.Strength) {
			return spec, &pitboss.FieldError{Field: "strength", Value: spec.Strength, Allowed: strings.Join(allowed, ", ")}
		}
	}
	if reserved := s.config.Reserved; reserved != "" && strings.HasPrefix(spec.ID, reserved) {
		return spec, &pitboss.FieldError{Field: "room", Value: spec.ID, Allowed: "an id that does not begin with " + reserved}
	}
	spec.Seed = rand.Uint64()
	if request.Seed != nil {
		spec.Seed = *request.Seed
	}
	return spec, nil
}

// fail answers a request that did not work out; what is the server's own fault
// is logged.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, what string, err error) {
	p := problemOf(err)
	if errors.Is(err, context.DeadlineExceeded) {
		p = problem{Status: http.StatusServiceUnavailable, Code: "busy", Detail: "too much to do; try again later"}
	}
	if p.Status == http.StatusInternalServerError && r.Context().Err() == nil {
		s.config.Log.ErrorContext(r.Context(), "request failed", "what", what, "error", err)
	}
	writeProblem(w, r, p)
}

type roomList struct {
	Rooms []room.Info `json:"rooms"`
	Total int         `json:"total"`
	// Next is what after must be for the next page; absent on the last.
	Next string `json:"next,omitempty"`
}

// listRooms shows the rooms by id: all, or with closed the ones that are or are
// not; with view the games' states as spectators see them.
func (s *Server) listRooms(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	limit, after := q.limit(200, 1000), q.text("after")
	filter, closed, view := q.text("closed") != "", q.flag("closed"), q.flag("view")
	if err := q.err(); err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	all := s.host.Rooms()
	if filter {
		all = slices.DeleteFunc(all, func(i room.Info) bool { return i.Closed != closed })
	}
	list := roomList{Total: len(all)}
	start, found := slices.BinarySearchFunc(all, after, func(i room.Info, id string) int { return strings.Compare(i.Room, id) })
	if found {
		start++
	}
	list.Rooms = all[start:min(start+limit, len(all))]
	if start+limit < len(all) {
		list.Next = list.Rooms[len(list.Rooms)-1].Room
	}
	if view {
		for i := range list.Rooms {
			if info, ok := s.host.Info(list.Rooms[i].Room); ok {
				list.Rooms[i] = info
			}
		}
	}
	s.writeJSON(w, r, http.StatusOK, list)
}

func (s *Server) showRoom(w http.ResponseWriter, r *http.Request) {
	info, ok := s.host.Info(r.PathValue("room"))
	if !ok {
		s.noRoom(w, r)
		return
	}
	s.writeJSON(w, r, http.StatusOK, info)
}

func (s *Server) noRoom(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, problemOf(s.host.Absent(r.PathValue("room"))))
}
