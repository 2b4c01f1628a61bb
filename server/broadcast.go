package server

import (
	"time"

	"github.com/pitboss-dev/pitboss/room"
)

// BroadcastMeter is a [Meter] that is told how events reach those at the table.
type BroadcastMeter interface {
	// Broadcast says that one recipient was written what one command brought
	// about, how long after it happened, or that it could not be.
	Broadcast(took time.Duration, err error)
}

// metered measures an update that was written, but not those that a player
// catches up with: they happened while nobody was there to be told.
func (c *connection) metered(u *room.Update, err error) {
	meter, ok := c.server.config.Meter.(BroadcastMeter)
	if !ok || len(u.Events) == 0 {
		return
	}
	if last := &u.Events[len(u.Events)-1]; last.RoomSeq > c.live {
		meter.Broadcast(max(time.Since(last.Time), 0), err)
	}
}
