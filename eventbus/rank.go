package eventbus

import (
	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
)

// Rank is how urgent a type of event is: critical for what someone may have to
// act on, high for what begins and ends, normal for the rest, background for
// what there is most of.
func Rank(t event.Type) pitboss.Priority {
	switch t {
	case event.ErrorOccurred, event.PlayerDisconnected, event.TaskFailed, event.MessageDeadLettered:
		return pitboss.Critical
	case event.RoomCreated, event.RoomClosed, event.GameStarted, event.GameEnded,
		event.GamePaused, event.GameResumed, event.PlayerReconnected:
		return pitboss.High
	case event.BroadcastSent, event.ConnectionOpened, event.ConnectionClosed, event.TaskSubmitted, event.TaskCompleted:
		return pitboss.Background
	}
	return pitboss.Normal
}
