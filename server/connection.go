package server

import (
	"cmp"
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// connection is one player's WebSocket. The reader and the writer meet in the
// outbox only.
type connection struct {
	*outbox
	*wire
	server *Server
	place  room.Place
	heard  atomic.Bool // the client has sent something, or answered a ping

	// These belong to the writer.
	follower *room.Follower
	frames   *eventFrames
	offered  bool           // an offer to the seat may be open and untold
	told     room.OpenOffer // the last one told
	live     uint64         // the room's sequence when the player connected
	pings    sync.WaitGroup
}

// serve runs a connection to its end.
func (c *connection) serve(ctx context.Context, since uint64, resume bool) {
	s := c.server
	c.frames = s.players.add(c)
	s.config.Meter.ConnectionOpened()
	s.publish(ctx, event.ConnectionOpened, c.place, nil)

	read := make(chan struct{})
	go func() {
		defer close(read)
		defer c.guard(ctx)
		c.read()
	}()
	// The writer knows best why: a write that failed has ended the reader too.
	e := internalFault
	func() {
		defer c.guard(ctx)
		e = c.write(ctx, since, resume)
	}()
	c.end(e)

	s.players.remove(c)
	place := c.place
	place.Heard = c.heard.Load()
	s.lose(ctx, place)
	c.part(e, s.config.WriteTimeout)
	<-read
	c.pings.Wait()
	s.players.forget(c)
	s.config.Meter.ConnectionClosed(e.reason)
	s.publish(ctx, event.ConnectionClosed, c.place, closing{Seat: c.place.Seat, Reason: e.reason})
}

// guard ends the connection on a panic in a game's code.
func (c *connection) guard(ctx context.Context) {
	if value := recover(); value != nil {
		c.server.config.Log.ErrorContext(ctx, "connection panicked", "room", c.place.Room, "panic", value, "stack", string(debug.Stack()))
		c.end(internalFault)
	}
}

// closing is the data of connection.closed.
type closing struct {
	Seat   int    `json:"seat"`
	Reason string `json:"reason"`
}

func (s *Server) publish(ctx context.Context, t event.Type, place room.Place, data any) {
	s.config.Publisher.Publish([]event.Event{{
		Type: t, Time: time.Now(), Room: place.Room, Player: place.Player,
		CorrelationID: correlation.From(ctx), TraceID: correlation.RecordedTrace(ctx), Data: data,
	}})
}

// read takes frames until the connection ends. No context ends it, because the
// library would tear the connection down without a close frame.
func (c *connection) read() {
	config := &c.server.config
	now := time.Now()
	allowed := newBucket(config.Rate, config.Burst, now)
	// Who goes on for long after being told is not worth answering.
	patience := newBucket(config.Rate, 10*config.Burst, now)
	for {
		kind, text, err := c.ws.Read(context.Background())
		if err != nil {
			c.end(readEnding(err))
			return
		}
		config.Meter.Message(In, len(text))
		c.heard.Store(true)
		if !c.ready() {
			continue // it is over; read on so that the close handshake can end
		}
		now := time.Now()
		switch {
		case allowed.take(now):
			c.handle(kind, text)
		case patience.take(now):
			r, _ := parseRequest(text)
			c.refuse(r, codeRateLimited, "too many frames; send fewer of them")
		default:
			c.end(ending{code: closePolicy, reason: reasonFlood, text: "too many frames"})
		}
	}
}

// handle does what a frame asks for.
func (c *connection) handle(kind websocket.MessageType, text []byte) {
	if kind != websocket.MessageText {
		c.refuse(request{}, codeBadFrame, "frames are text")
		return
	}
	r, err := parseRequest(text)
	r.correlate()
	switch {
	case err != nil:
		c.refuse(r, codeBadFrame, err.Error())
		return
	case r.Type == resync:
		c.add(reply{id: r.ID, correlationID: r.CorrelationID, resync: true})
		return
	case !c.begin(c.server.config.MaxUnanswered):
		c.refuse(r, codeRateLimited, "too many commands are unanswered; wait for the answers")
		return
	}
	ctx := correlation.With(context.Background(), r.CorrelationID)
	ctx, answered := c.received(correlation.WithTrace(ctx, r.Traceparent), &r, len(text))
	answer := func(a room.Answer) {
		answered(a.Err)
		if gone(a.Err) { // an answer would say that the command is refused, but it is to be repeated
			c.drop()
			return
		}
		// A repeated command has the first one's.
		c.finish(reply{id: r.ID, correlationID: cmp.Or(a.CorrelationID, r.CorrelationID), answer: a})
	}
	if err = c.server.host.Play(ctx, c.place, r.ID, r.Type, r.Turn, r.Data, answer); err != nil {
		answer(room.Answer{Err: err})
	}
}

// gone says whether the room that somebody plays in is not here any more.
func gone(err error) bool {
	return errors.Is(err, &room.Refusal{Code: room.CodeMoved}) || errors.Is(err, &room.Refusal{Code: room.CodeNoRoom})
}

func (c *connection) refuse(r request, code, message string) {
	r.correlate()
	c.add(reply{id: r.ID, correlationID: r.CorrelationID, answer: room.Answer{Err: room.Refuse(code, "%s", message)}})
}
