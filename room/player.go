package room

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
)

// Place is a player's seat and the connection that speaks for it.
type Place struct {
	Room    string
	Player  string
	Seat    int
	Session string // the secret by which the player comes back
	Seq     uint64 // the room's sequence when the place was taken
	// Heard says that the player has answered since, and so has the session. Who
	// speaks with the player sets it before [Host.Lose]; see [Host.Enter].
	Heard bool

	conn uint64
}

// Enter seats a player, or with the session of an earlier Enter brings the
// player back. A player whose connection is lost before there is a sign that it
// has the session ([Place.Heard], a command that was accepted, coming back by it)
// may come without one, and gets another. A refusal is returned as a [Refusal]. If
// the context ends first, the seat may be taken all the same, without a
// connection.
func (h *Host) Enter(ctx context.Context, room, player, session string) (Place, error) {
	if !WellFormedName(player) {
		return Place{}, &pitboss.FieldError{Field: "player", Value: player, Allowed: NameAllowed}
	}
	c := Command{Room: room, Type: connect, Seat: NoSeat, Player: player, By: Human, session: session, conn: h.conns.Add(1)}
	if session == "" {
		c.Type, c.session = Join, rand.Text()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a reply that nobody waits for must not hold the room up
	answers := make(chan Answer)
	err := h.Submit(ctx, c, func(a Answer) {
		select {
		case answers <- a:
		case <-ctx.Done():
			h.enteredLate(ctx, c.place(a), a.Err)
		}
	})
	if err != nil {
		return Place{}, err
	}
	select {
	case a := <-answers:
		return c.place(a), a.Err
	case <-ctx.Done():
		return Place{}, context.Cause(ctx)
	}
}

// place is what Enter returns for an answer.
func (c *Command) place(a Answer) Place {
	if a.Err != nil {
		return Place{}
	}
	return Place{Room: c.Room, Player: c.Player, Seat: a.Seat, Session: a.Session, Seq: a.Seq, conn: c.conn}
}

// enteredLate takes back the connection of somebody who has not waited for it.
func (h *Host) enteredLate(ctx context.Context, p Place, refusal error) {
	if refusal != nil {
		return
	}
	if err := h.Lose(correlation.Detach(ctx), p); err != nil && !errors.Is(err, pitboss.ErrClosed) {
		h.config.Log.ErrorContext(ctx, "room not told of a lost connection", "room", p.Room, "seat", p.Seat, "error", err)
	}
}

// Lose says that the connection of a place is gone. If the player has come back
// over another one meanwhile, nothing happens.
func (h *Host) Lose(ctx context.Context, p Place) error {
	return h.Submit(ctx, Command{Room: p.Room, Type: disconnect, Seat: p.Seat, By: Human, conn: p.conn, heard: p.Heard}, nil)
}

// Stay says that the connection of a place is still there, to a room that was told
// of its end: another connection of the player's took its place for a moment and
// was lost before it could be used. Once the seat has another session, nothing
// happens.
func (h *Host) Stay(ctx context.Context, p Place) error {
	return h.Submit(ctx, Command{
		Room: p.Room, Type: connect, Seat: NoSeat, Player: p.Player, By: Human, session: p.Session, conn: p.conn,
	}, nil)
}

// Play submits a player's command; data is the request's own JSON, and id, if
// not empty, makes it unique. What is malformed is told at once, as a
// [Refusal] of [CodeBadData]; the game's answer goes to reply.
func (h *Host) Play(ctx context.Context, p Place, id, command string, turn uint64, data []byte, reply func(Answer)) error {
	c := Command{Room: p.Room, ID: id, Type: command, Seat: p.Seat, By: Human, Turn: turn}
	switch command {
	case Ready, Leave:
	case Join, Start, Timeout, open, connect, disconnect, timer, resume, give:
		return Refuse(CodeUnknown, "%q is not a command for players", command)
	default:
		parsed, err := h.parse(p.Room, command, data)
		if err != nil {
			return err
		}
		c.Data = parsed
	}
	return h.Submit(ctx, c, reply)
}

// inWords tells what is wrong with a command's data to whoever sent it, who knows
// nothing of Go's types.
func inWords(err error) string {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return err.Error()
	case wrong.Field == "":
		return "data: a " + wrong.Value + " does not fit"
	}
	return fmt.Sprintf("data: field %q: a %s does not fit", wrong.Field, wrong.Value)
}

func (h *Host) parse(room, command string, data []byte) (any, error) {
	r := h.room(room)
	if r == nil {
		return nil, h.Absent(room)
	}
	if r.game.parse == nil {
		return data, nil
	}
	parsed, err := r.game.parse(command, data)
	if err != nil {
		if refusal, ok := errors.AsType[*Refusal](err); ok {
			return nil, refusal
		}
		return nil, fmt.Errorf("%w", Refuse(CodeBadData, "%s", inWords(err)))
	}
	return parsed, nil
}
