package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"time"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// write sends what the client is to have until the connection ends, and returns
// how.
func (c *connection) write(ctx context.Context, since uint64, resume bool) ending {
	if err := c.begins(ctx, since, resume); err != nil {
		return c.writeEnding(ctx, err)
	}
	ping := time.NewTicker(c.server.config.PingInterval)
	defer ping.Stop()
	for {
		if e := c.ending(); e != nil {
			return *e
		}
		wait, err := c.sendEvents(^uint64(0))
		over := errors.Is(err, io.EOF)
		moved := gone(err)
		if err != nil && !over && !moved {
			return c.writeEnding(ctx, err)
		}
		if replies := c.take(); len(replies) > 0 {
			if err := c.sendReplies(replies); err != nil {
				return c.writeEnding(ctx, err)
			}
			continue
		}
		if err := c.sendTurn(); err != nil {
			return c.writeEnding(ctx, err)
		}
		switch {
		case !c.idle():
		case moved:
			return roomMoved
		case over:
			return ending{code: closeNormal, reason: reasonRoomOver, text: "the room has closed"}
		}
		select {
		case <-wait:
		case <-c.wake:
		case <-ping.C:
			c.ping()
		}
	}
}

// begins sends the first welcome. A player who comes back gets the events after
// since, any other those after the state that the welcome holds.
func (c *connection) begins(ctx context.Context, since uint64, resume bool) error {
	if !resume {
		since = math.MaxUint64
	}
	var err error
	if c.follower, err = c.server.host.Follow(ctx, c.place.Room, c.place.Seat, since); err != nil {
		return err
	}
	view, seq := c.follower.Now()
	c.live = seq
	if !resume {
		if c.follower, err = c.server.host.Follow(ctx, c.place.Room, c.place.Seat, seq); err != nil {
			return err
		}
	}
	return c.sendWelcome("", view, seq)
}

func (c *connection) sendWelcome(id string, view any, seq uint64) error {
	return c.sendFrame(frame{Type: "welcome", ID: id, Data: welcome{
		Session: c.place.Session, Seat: c.place.Seat, Seq: seq, State: view,
	}})
}

// sendEvents sends the events up to a sequence. If there are no more yet it
// returns a channel that is closed once there are; if there will be none, it
// fails with io.EOF, or as [room.Follower.Poll] does where the room has moved.
func (c *connection) sendEvents(until uint64) (<-chan struct{}, error) {
	for c.follower.Seq() < until {
		update, wait, err := c.follower.Poll()
		if wait != nil || err != nil {
			return wait, err
		}
		written := c.writing(&update)
		err = c.sendUpdate(&update)
		written(err)
		c.metered(&update, err)
		if err != nil {
			return nil, err
		}
		c.delivered(&update)
		c.stay(&update)
		for i := range update.Offers {
			c.offered = c.offered || update.Offers[i].Seat == c.place.Seat
		}
	}
	return nil, nil
}

// stay tells the room that the player is here where it has just been told
// otherwise: a second connection was given the seat too late for its client, and
// is gone. One that was in time has ended this one before.
func (c *connection) stay(update *room.Update) {
	for i := range update.Events {
		e := &update.Events[i]
		if e.Type != event.PlayerDisconnected || e.Player != c.place.Player || e.RoomSeq <= c.place.Seq || c.ending() != nil {
			continue
		}
		ctx := correlation.With(context.Background(), correlation.New())
		if err := c.server.host.Stay(ctx, c.place); err != nil && !errors.Is(err, pitboss.ErrClosed) {
			c.server.config.Log.ErrorContext(ctx, "room not told of a connection", "room", c.place.Room, "seat", c.place.Seat, "error", err)
		}
	}
}

func (c *connection) sendUpdate(update *room.Update) error {
	for i := range update.Events {
		e := &update.Events[i]
		var text []byte
		var err error
		if e.Secret == nil {
			text, err = c.frames.of(e)
		} else {
			seen := c.follower.Reveal(*e)
			text, err = eventFrame(&seen)
		}
		if err == nil {
			err = c.send(text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sendTurn tells of the seat's offer if it is open and was not told.
func (c *connection) sendTurn() error {
	if !c.offered {
		return nil
	}
	c.offered = false
	o, state, legal, open := c.follower.Turn()
	if !open || o.By != room.Human || o.Turn == c.told.Turn && o.Deadline.Equal(c.told.Deadline) {
		return nil
	}
	c.told = o
	return c.sendFrame(frame{Type: "turn", Seq: c.follower.Seq(), Data: turnOf(&o, state, legal)})
}

func (c *connection) sendReplies(replies []reply) error {
	for i := range replies {
		r := &replies[i]
		var err error
		if r.resync {
			err = c.sendState(r.id)
		} else {
			// What the command brought about comes before its answer.
			_, err = c.sendEvents(r.answer.Seq)
		}
		if err != nil && !errors.Is(err, io.EOF) && !gone(err) {
			return err
		}
		if err := c.sendFrame(c.answer(r)); err != nil {
			return err
		}
	}
	return nil
}

// sendState answers a resync: the events that are still to be sent, then the
// state after them, then the turn if one is open.
func (c *connection) sendState(id string) error {
	view, seq := c.follower.Now()
	if _, err := c.sendEvents(seq); err != nil && !errors.Is(err, io.EOF) && !gone(err) {
		return err
	}
	c.offered, c.told = true, room.OpenOffer{}
	return c.sendWelcome(id, view, seq)
}

func (c *connection) answer(r *reply) frame {
	f := frame{Type: "ack", ID: r.id, Seq: r.answer.Seq, CorrelationID: r.correlationID, Durability: c.server.config.Durability}
	if r.resync {
		f.Seq = c.follower.Seq()
	}
	if err := r.answer.Err; err != nil {
		f.Type, f.Seq, f.Durability = "error", 0, ""
		f.Code, f.Message = codeOf(err)
	}
	return f
}

func codeOf(err error) (code, message string) {
	if refusal, ok := errors.AsType[*room.Refusal](err); ok {
		return refusal.Code, refusal.Message
	}
	p := problemOf(err)
	return p.Code, p.Detail
}

func (c *connection) sendFrame(f frame) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return c.send(text)
}

// errSlow says that a client did not take a frame in time.
var errSlow = errors.New("frame not taken in time")

func (c *connection) send(text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), c.server.config.WriteTimeout)
	defer cancel()
	err := c.ws.Write(ctx, websocket.MessageText, text)
	switch {
	case ctx.Err() != nil: // even if it was written: the connection is closed when time is over
		return errSlow
	case err != nil:
		return &lostError{err}
	}
	c.server.config.Meter.Message(Out, len(text))
	return nil
}

// lostError is a write to a connection that is gone, which is no fault here.
type lostError struct{ err error }

func (e *lostError) Error() string { return "connection lost: " + e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// writeEnding says how a connection ends whose writing failed.
func (c *connection) writeEnding(ctx context.Context, err error) ending {
	switch {
	case errors.Is(err, errSlow):
		return ending{reason: reasonSlow}
	case gone(err):
		return roomMoved
	}
	if _, lost := errors.AsType[*lostError](err); lost {
		// The reader may know better why.
		if e := c.ending(); e != nil {
			return *e
		}
		return ending{reason: reasonLost}
	}
	if !errors.Is(err, pitboss.ErrClosed) {
		c.server.config.Log.ErrorContext(ctx, "connection ended", "room", c.place.Room, "seat", c.place.Seat, "error", err)
	}
	return internalFault
}

// ping tries whether the client is still there. It waits for the answer beside
// the writer, for as long as there is no second one.
func (c *connection) ping() {
	c.pings.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), c.server.config.PingInterval)
		defer cancel()
		if c.ws.Ping(ctx) != nil {
			c.end(ending{reason: reasonTimeout})
			return
		}
		c.heard.Store(true)
	})
}
