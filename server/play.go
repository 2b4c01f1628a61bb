package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/room"
)

// play seats a player and speaks with them until one side ends it. Whatever can
// be refused is refused before the upgrade.
func (s *Server) play(w http.ResponseWriter, r *http.Request) {
	if s.config.Console != nil && !isUpgrade(r) && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.config.Console.ServeHTTP(w, r) // a person opens the page of the same name
		return
	}
	request, p := s.admission(r)
	if p != nil {
		writeRefusal(w, r, *p)
		return
	}
	if p := s.players.reserve(); p != nil {
		writeProblem(w, r, *p)
		return
	}
	defer s.players.release()
	place, err := s.enter(r.Context(), request)
	if err != nil {
		s.fail(w, r, "player not seated", err)
		return
	}
	raw := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(raw, r, &websocket.AcceptOptions{OriginPatterns: s.config.Origins})
	if err != nil { // it is answered
		s.lose(correlation.Detach(r.Context()), place)
		return
	}
	ws.SetReadLimit(s.config.ReadLimit)
	if !request.resume {
		request.since = place.Seq
	}
	c := &connection{outbox: newOutbox(), wire: &wire{ws: ws, raw: raw.conn}, server: s, place: place, offered: true}
	c.serve(correlation.Detach(r.Context()), request.since, request.resume)
}

// hijacker keeps the connection below a WebSocket, whose close handshake knows
// no deadline.
type hijacker struct {
	http.ResponseWriter
	conn net.Conn
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.conn = conn
	return conn, buffered, err
}

// playRequest is what a client wants of /play.
type playRequest struct {
	room, player, session string
	since                 uint64
	resume                bool // since was given
}

// admission checks all of a request that needs no room.
func (s *Server) admission(r *http.Request) (playRequest, *problem) {
	q := queryOf(r)
	request := playRequest{room: q.text("room"), player: q.text("player"), session: q.text("session")}
	request.since, request.resume = q.sequence("since")
	if request.room == "" {
		q.faults.Add("room", "", "a room's id")
	}
	if !room.WellFormedName(request.player) {
		q.faults.Add("player", request.player, room.NameAllowed)
	}
	if info, there := s.host.Info(request.room); there && request.since > info.Seq {
		// A client that saw more than there is was in another room.
		q.faults.Add("since", request.since, fmt.Sprintf("0 to %d, the room's last event", info.Seq))
	}
	return request, s.refuseUpgrade(r, q.err(), "play")
}

// refuseUpgrade says why a request does not become a connection, or nil; faults
// are those of its parameters. A request that has parameters is told what is
// wrong with them even where it is no WebSocket's, because whoever tries an
// address by hand learns more from that.
func (s *Server) refuseUpgrade(r *http.Request, faults error, toDo string) *problem {
	switch {
	case faults != nil && r.URL.RawQuery != "" && !isUpgrade(r):
		p := problemOf(faults)
		return &p
	case !isUpgrade(r):
		return &problem{
			Status: http.StatusUpgradeRequired, Code: "not_a_websocket",
			Detail: "connect with the WebSocket protocol, version 13",
		}
	case !s.originAllowed(r):
		return &problem{
			Status: http.StatusForbidden, Code: "cross_origin",
			Detail: fmt.Sprintf("pages of %q may not %s here", r.Header.Get("Origin"), toDo),
		}
	case faults != nil:
		p := problemOf(faults)
		return &p
	case s.draining.Load():
		return &draining
	}
	return nil
}

// writeRefusal answers a request that does not become a connection.
func writeRefusal(w http.ResponseWriter, r *http.Request, p problem) {
	if p.Status == http.StatusUpgradeRequired {
		w.Header().Set("Upgrade", "websocket")
	}
	writeProblem(w, r, p)
}

// isUpgrade looks at what the upgrade will need, so that a request that cannot
// become a connection takes no seat.
func isUpgrade(r *http.Request) bool {
	return r.ProtoAtLeast(1, 1) && hasToken(r.Header, "Connection", "upgrade") &&
		hasToken(r.Header, "Upgrade", "websocket") &&
		r.Header.Get("Sec-WebSocket-Version") == "13" && len(r.Header.Get("Sec-WebSocket-Key")) == 24
}

func hasToken(h http.Header, name, token string) bool {
	for _, line := range h.Values(name) {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// originAllowed keeps other sites' pages from playing in a visitor's name.
// Programs send no origin.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, pattern := range s.config.Origins {
		if ok, _ := path.Match(strings.ToLower(pattern), strings.ToLower(u.Host)); ok {
			return true
		}
	}
	return false
}

func (s *Server) enter(ctx context.Context, request playRequest) (room.Place, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.EnterTimeout)
	defer cancel()
	return s.host.Enter(ctx, request.room, request.player, request.session)
}

// lose tells the room that a connection is gone, or never came to be. A closed
// queue has no room to tell.
func (s *Server) lose(ctx context.Context, place room.Place) {
	if err := s.host.Lose(ctx, place); err != nil && !errors.Is(err, pitboss.ErrClosed) {
		s.config.Log.ErrorContext(ctx, "room not told of a lost connection", "room", place.Room, "seat", place.Seat, "error", err)
	}
}
