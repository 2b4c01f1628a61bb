package server

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// queuePast is how a queue was when somebody asked. While nobody did there are
// no points; the rates of the next one are the averages since the last.
type queuePast struct {
	points          []queuePoint // oldest first
	at              time.Time
	enqueued, acked uint64
}

type queuePoint struct {
	Time      time.Time `json:"time"`
	Ready     int       `json:"ready"`
	InFlight  int       `json:"in_flight"`
	Delayed   int       `json:"delayed"`
	OldestAge float64   `json:"oldest_age_seconds"`
	queueRates
}

// Points are at least so far apart, and so many are held: half an hour of them
// while a console is open.
const (
	pointEvery = 2 * time.Second
	pointsKept = 900
)

func (p *queuePast) note(now time.Time, stats *pitboss.Stats) {
	since := now.Sub(p.at)
	if since < pointEvery {
		return
	}
	if !p.at.IsZero() {
		if len(p.points) == pointsKept {
			p.points = slices.Delete(p.points, 0, 1)
		}
		seconds := since.Seconds()
		p.points = append(p.points, queuePoint{
			Time: now.UTC(), Ready: stats.Len(), InFlight: stats.InFlight, Delayed: stats.Delayed, OldestAge: stats.Oldest.Seconds(),
			queueRates: queueRates{float64(stats.Enqueued-p.enqueued) / seconds, float64(stats.Acked-p.acked) / seconds},
		})
	}
	p.at, p.enqueued, p.acked = now, stats.Enqueued, stats.Acked
}

type queueDetail struct {
	queueStatus
	History []queuePoint `json:"history"`
}

// showQueue shows one queue, and how it was lately.
func (s *Server) showQueue(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("queue")
	for i, status := range s.queueStatus() {
		if status.Name == name {
			s.writeJSON(w, r, http.StatusOK, queueDetail{status, s.rates.history(i)})
			return
		}
	}
	writeProblem(w, r, problem{Status: http.StatusNotFound, Code: "no_such_queue", Detail: fmt.Sprintf("there is no queue %q", name)})
}

func (r *rates) history(i int) []queuePoint {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]queuePoint{}, r.past[i].points...)
}
