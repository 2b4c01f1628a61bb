package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
)

type queueList struct {
	Queues []queueStatus `json:"queues"`
}

type queueStatus struct {
	Name      string         `json:"name"`
	Depth     map[string]int `json:"depth"` // by priority
	Ready     int            `json:"ready"`
	InFlight  int            `json:"in_flight"`
	Delayed   int            `json:"delayed"`
	OldestAge float64        `json:"oldest_age_seconds"`
	Capacity  int            `json:"capacity"` // 0: no bound
	Counters  queueCounters  `json:"counters"`
	Rates     queueRates     `json:"rates"`
	Consumers []Consumer     `json:"consumers,omitempty"`
}

// queueCounters are of all time.
type queueCounters struct {
	Enqueued   uint64 `json:"enqueued"`
	Delivered  uint64 `json:"delivered"`
	Acked      uint64 `json:"acked"`
	Nacked     uint64 `json:"nacked"`
	Terminated uint64 `json:"terminated"`
	Expired    uint64 `json:"expired"`
	Dropped    uint64 `json:"dropped"`
	Rejected   uint64 `json:"rejected"`
	Duplicates uint64 `json:"duplicates"`
}

// queueRates are per second, over the last few seconds in which somebody asked.
type queueRates struct {
	Enqueued float64 `json:"enqueued_per_second"`
	Acked    float64 `json:"acked_per_second"`
}

func (s *Server) queues(w http.ResponseWriter, r *http.Request) {
	s.writeJSON(w, r, http.StatusOK, queueList{s.queueStatus()})
}

func (s *Server) queueStatus() []queueStatus {
	list := make([]queueStatus, 0, len(s.config.Queues))
	now := time.Now()
	for i, q := range s.config.Queues {
		stats := q.Stats()
		status := queueStatus{
			Consumers: q.Consumers,
			Name:      q.Name, Depth: make(map[string]int, pitboss.Priorities), Ready: stats.Len(),
			InFlight: stats.InFlight, Delayed: stats.Delayed, OldestAge: stats.Oldest.Seconds(), Capacity: stats.Capacity,
			Counters: queueCounters{
				stats.Enqueued, stats.Delivered, stats.Acked, stats.Nacked, stats.Terminated,
				stats.Expired, stats.Dropped, stats.Rejected, stats.Duplicates,
			},
			Rates: s.rates.of(i, now, &stats),
		}
		for level, n := range stats.Ready {
			status.Depth[pitboss.PriorityAt(level).String()] = n
		}
		list = append(list, status)
	}
	return list
}

// rates compares counters with those of a moment ago. It samples when asked, so
// that nobody pays for what nobody looks at.
type rates struct {
	mu      sync.Mutex
	samples [][2]rateSample // by queue: the older, the newer
	past    []queuePast     // by queue
}

type rateSample struct {
	at              time.Time
	enqueued, acked uint64
}

// rateWindow is the shortest time that a rate is taken over, but at the start.
const rateWindow = 5 * time.Second

func (r *rates) begin(queues []Queue, now time.Time) {
	r.samples, r.past = make([][2]rateSample, len(queues)), make([]queuePast, len(queues))
	for i := range r.samples {
		r.samples[i] = [2]rateSample{{at: now}, {at: now}}
	}
}

func (r *rates) of(i int, now time.Time, stats *pitboss.Stats) queueRates {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.past[i].note(now, stats)
	s := &r.samples[i]
	if now.Sub(s[1].at) >= rateWindow {
		s[0], s[1] = s[1], rateSample{now, stats.Enqueued, stats.Acked}
	}
	seconds := now.Sub(s[0].at).Seconds()
	if seconds <= 0 {
		return queueRates{}
	}
	return queueRates{float64(stats.Enqueued-s[0].enqueued) / seconds, float64(stats.Acked-s[0].acked) / seconds}
}
