package server

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/visual"
)

func (s *Server) visualizationRoutes(mux *http.ServeMux) {
	const path = "GET /api/v1/visualization"
	mux.HandleFunc(path, s.showPictures)
	mux.HandleFunc(path+"/state-diagram", s.picture(func(*query) any { return s.config.Visual.Diagram() }))
	mux.HandleFunc(path+"/rooms", s.picture(func(q *query) any {
		return only(q, q.roomFilter(), s.config.Visual.Rooms)
	}))
	mux.HandleFunc(path+"/performance", s.picture(func(q *query) any {
		return only(q, q.window(), s.config.Visual.Performance)
	}))
	mux.HandleFunc(path+"/errors", s.picture(func(*query) any { return s.config.Visual.Errors() }))
	mux.HandleFunc(path+"/flow", s.picture(func(*query) any { return s.config.Visual.Flow() }))
	mux.HandleFunc(path+"/players", s.picture(func(q *query) any {
		return only(q, q.limit(standardPlayers, maxListed), s.config.Visual.Activity)
	}))
	mux.HandleFunc(path+"/states/{state}", s.showVisualState)
	mux.HandleFunc(path+"/transitions/{from}/{to}", s.showTransition)
	mux.HandleFunc(path+"/rooms/{room}", s.showRoomHealth)
	mux.HandleFunc("GET /api/v1/players/{player}", s.showPlayer)
}

const (
	standardRooms   = 100
	standardPlayers = 100
	maxListed       = 1000
	standardWindow  = time.Hour
)

// picture answers with one view of a request's parameters.
func (s *Server) picture(view func(q *query) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := queryOf(r)
		shown := view(q)
		if err := q.err(); err != nil {
			writeProblem(w, r, problemOf(err))
			return
		}
		s.writeJSON(w, r, http.StatusOK, shown)
	}
}

// only makes a view if its parameters are good: it may cost something.
func only[P, V any](q *query, parameter P, view func(P) V) any {
	if q.err() != nil {
		return nil
	}
	return view(parameter)
}

// pictures is all views in one.
type pictures struct {
	Type         string             `json:"type"`
	GeneratedAt  time.Time          `json:"generated_at"`
	StateDiagram visual.Diagram     `json:"state_diagram"`
	Rooms        visual.Rooms       `json:"rooms"`
	Performance  visual.Performance `json:"performance"`
	Errors       visual.Heatmap     `json:"errors"`
	Flow         visual.Flow        `json:"flow"`
	Players      visual.Activity    `json:"players"`
}

func (s *Server) showPictures(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	filter, window := q.roomFilter(), q.window()
	if err := q.err(); err != nil {
		writeProblem(w, r, problemOf(err))
		return
	}
	v := s.config.Visual
	s.writeJSON(w, r, http.StatusOK, pictures{
		Type: "visualization", GeneratedAt: time.Now().UTC(),
		StateDiagram: v.Diagram(), Rooms: v.Rooms(filter), Performance: v.Performance(window),
		Errors: v.Errors(), Flow: v.Flow(), Players: v.Activity(standardPlayers),
	})
}

// roomFilter reads which rooms are wanted.
func (q *query) roomFilter() visual.RoomFilter {
	f := visual.RoomFilter{
		State: q.text("state"), Health: visual.Health(q.text("health")), Text: q.text("q"),
		After: q.text("after"), Limit: q.limit(standardRooms, maxListed),
	}
	if f.Health != "" && !slices.Contains(visual.Healths(), f.Health) {
		q.faults.Add("health", string(f.Health), "healthy, idle, warning, critical or stuck")
	}
	switch order := q.text("order"); order {
	case "", "id":
	case "worst":
		if f.Worst = true; f.After != "" {
			q.faults.Add("after", f.After, "no value with order=worst, which has one page")
		}
	default:
		q.faults.Add("order", order, "id or worst")
	}
	return f
}

// window reads how far back to look.
func (q *query) window() time.Duration {
	text := q.text("window")
	if text == "" {
		return standardWindow
	}
	window, err := time.ParseDuration(text)
	if err != nil || window < visual.MinWindow || window > visual.MaxWindow {
		q.faults.Add("window", text, fmt.Sprintf("a duration from %v to %v, such as 60m", visual.MinWindow, visual.MaxWindow))
	}
	return window
}
