package room

import (
	"context"
	"fmt"
	"slices"

	"github.com/pitboss-dev/pitboss"
)

// Past replays a room's journal up to a sequence and returns the room as it was
// then, as followers may know it. It fails with a [Refusal] of [CodeNoRoom], or
// with a [pitboss.FieldError] for at where the room has not come that far.
func (h *Host) Past(ctx context.Context, room string, at uint64) (*Past, error) {
	p, last, err := h.replay(ctx, room, at)
	if err == nil && at > last {
		return nil, &pitboss.FieldError{Field: "at", Value: at, Allowed: fmt.Sprintf("0 to %d, the room's last sequence", last)}
	}
	return p, err
}

// Present is [Host.Past] at the room's last sequence.
func (h *Host) Present(ctx context.Context, room string) (*Past, error) {
	p, _, err := h.replay(ctx, room, ^uint64(0))
	return p, err
}

// replay returns the room at a sequence, or at its last one if that is lower.
func (h *Host) replay(ctx context.Context, room string, at uint64) (p *Past, last uint64, err error) {
	r := h.room(room)
	if r == nil {
		return nil, 0, h.Absent(room)
	}
	events, err := h.Events(ctx, room, 0)
	if err != nil {
		return nil, 0, err
	}
	if len(events) > 0 {
		last = events[len(events)-1].RoomSeq
	}
	for i := range events {
		if events[i].RoomSeq > at {
			events = events[:i]
			break
		}
	}
	p, err = Replay(h.games[r.game.name], events)
	return p, last, err
}

// Seats are the places at the table then.
func (p *Past) Seats() []Seat { return slices.Clone(p.lobby.seats) }
