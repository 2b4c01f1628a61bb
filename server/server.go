package server

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pitboss-dev/pitboss/correlation/correlationhttp"
	"github.com/pitboss-dev/pitboss/room"
)

// Server answers HTTP requests and plays over WebSockets. Its methods are safe
// for concurrent use.
type Server struct {
	config  Config
	host    *room.Host
	handler http.Handler
	started time.Time
	rates   rates
	audit   audit

	draining  atomic.Bool
	players   registry
	listeners roster[*listener]
}

// New makes a server. It fails with every fault of the configuration, joined.
func New(c Config) (*Server, error) {
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &Server{config: c, host: c.Host, started: time.Now()}
	s.rates.begin(c.Queues, s.started)
	s.players.limit, s.players.who = c.MaxConnections, "players"
	s.listeners.limit, s.listeners.who = c.MaxListeners, "listeners"
	s.handler = correlationhttp.Middleware(secure(c.Pass(problems(s.routes()))))
	return s, nil
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /play", s.play)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /api/v1/status", s.status)
	mux.HandleFunc("GET /api/v1/queues", s.queues)
	mux.HandleFunc("GET /api/v1/queues/{queue}", s.showQueue)
	mux.HandleFunc("GET /api/v1/rooms", s.listRooms)
	mux.HandleFunc("GET /api/v1/rooms/{room}", s.showRoom)
	mux.HandleFunc("GET /api/v1/rooms/{room}/journal", s.showJournal)
	mux.HandleFunc("GET /api/v1/rooms/{room}/state", s.showState)
	mux.Handle("POST /api/v1/rooms", s.change(verbCreate, s.createRoom))
	if s.config.DeadLetters != nil {
		s.deadLetterRoutes(mux)
	}
	if s.config.Visual != nil {
		s.visualizationRoutes(mux)
	}
	if s.config.Stream != nil {
		s.eventRoutes(mux)
	}
	if s.config.Collect != nil {
		mux.Handle("POST /api/v1/system/gc", s.change(verbCollect, plain("process", s.config.Collect)))
	}
	if s.config.Dashboards != nil {
		mux.Handle("GET /api/v1/dashboards", s.config.Dashboards)
	}
	if s.config.Metrics != nil {
		mux.Handle("GET /metrics", s.config.Metrics)
	}
	if s.config.Console != nil {
		mux.Handle("GET /assets/", s.config.Console)
		pages := []string{"/{$}"}
		if site, ok := s.config.Console.(interface{ Pages() []string }); ok {
			pages = site.Pages()
		}
		for _, page := range pages {
			mux.Handle("GET "+page, s.config.Console)
		}
	}
	mux.HandleFunc("GET /api/v1/audit", s.listAudit)
	mux.Handle("GET /debug/pprof/", s.admin(s.audited(verbProfile, plain("", profiles()))))
	return mux
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Connections returns how many players are connected.
func (s *Server) Connections() int { return s.players.count() }

// Drain makes the server unready, takes no new rooms and no new connections,
// and closes the running ones with status 1001. It returns when they are gone,
// or cuts them off when ctx ends and returns its error.
func (s *Server) Drain(ctx context.Context) error {
	s.draining.Store(true)
	leaving := ending{code: closeGoingAway, reason: reasonDrain, text: "the server is shutting down"}
	s.players.closeAll(leaving)
	s.listeners.closeAll(leaving)
	gone := make(chan struct{})
	go func() {
		s.players.running.Wait()
		s.listeners.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		s.players.cutAll()
		s.listeners.cutAll()
		<-gone
		return context.Cause(ctx)
	}
}
