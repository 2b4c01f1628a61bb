package server

import (
	"context"
	"net/http"
	"time"
)

type health struct {
	Status string               `json:"status"` // ready, draining or failing
	Parts  map[string]partState `json:"parts"`
}

type partState struct {
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Error  string `json:"error,omitempty"`
}

// checkTimeout bounds what all parts together may take to say how they are.
const checkTimeout = 2 * time.Second

func (s *Server) health(ctx context.Context) health {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	h := health{Status: "ready", Parts: make(map[string]partState, len(s.config.Parts)+1)}
	for _, part := range s.config.Parts {
		state := partState{OK: true, Detail: part.Detail}
		if part.Check != nil {
			if err := part.Check(ctx); err != nil {
				state.OK, state.Error, h.Status = false, err.Error(), "failing"
			}
		}
		h.Parts[part.Name] = state
	}
	intake := partState{OK: true, Detail: "open"}
	if s.draining.Load() {
		intake, h.Status = partState{Detail: "draining"}, "draining"
	}
	h.Parts["intake"] = intake
	return h
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	s.writeJSON(w, r, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	h := s.health(r.Context())
	status := http.StatusOK
	if h.Status != "ready" {
		status = http.StatusServiceUnavailable
	}
	s.writeJSON(w, r, status, h)
}

type serverStatus struct {
	Version     string        `json:"version"`
	Instance    string        `json:"instance,omitempty"`
	Environment string        `json:"environment,omitempty"`
	Admin       bool          `json:"admin"` // whether whoever asks may change things
	StartedAt   time.Time     `json:"started_at"`
	Uptime      float64       `json:"uptime_seconds"`
	Store       string        `json:"store"`
	Durability  string        `json:"durability,omitempty"`
	Games       []string      `json:"games"`
	Rooms       int           `json:"rooms"`
	Connections int           `json:"connections"`
	Queues      []queueStatus `json:"queues"`
	Stream      *streamStatus `json:"stream,omitempty"`
	Nodes       any           `json:"nodes,omitempty"`
	System      any           `json:"system,omitempty"`
	Monitor     any           `json:"monitor,omitempty"`
	health
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	told := func(part func() any) any {
		if part == nil {
			return nil
		}
		return part()
	}
	_, admin := s.authorize(r)
	s.writeJSON(w, r, http.StatusOK, serverStatus{
		Admin:  admin,
		Nodes:  told(s.config.Nodes),
		System: told(s.config.System), Monitor: told(s.config.Monitor),
		Version: s.config.Version, Instance: s.config.Instance, Environment: s.config.Environment, StartedAt: s.started.UTC(), Uptime: time.Since(s.started).Seconds(),
		Store: s.config.Store, Durability: s.config.Durability, Games: s.host.Games(), Rooms: len(s.host.Rooms()),
		Connections: s.players.count(), Queues: s.queueStatus(), Stream: s.streamStatus(), health: s.health(r.Context()),
	})
}
