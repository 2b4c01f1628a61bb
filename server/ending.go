package server

import (
	"errors"

	"github.com/coder/websocket"
)

// The close codes, beside those of RFC 6455.
const (
	closeNormal    = websocket.StatusNormalClosure
	closeGoingAway = websocket.StatusGoingAway
	closePolicy    = websocket.StatusPolicyViolation
	closeTooBig    = websocket.StatusMessageTooBig
	closeInternal  = websocket.StatusInternalError
	closeRestart   = websocket.StatusServiceRestart
	// closeReplaced is of the range for private use.
	closeReplaced = websocket.StatusCode(4001)
)

// The reasons for which connections end, as metrics and events have them.
const (
	reasonClient   = "client"      // the client closed it
	reasonLost     = "lost"        // the network did
	reasonTimeout  = "timeout"     // the client did not answer a ping
	reasonSlow     = "slow"        // the client did not take a frame in time
	reasonTooBig   = "too_big"     // a frame was longer than the limit
	reasonFlood    = "flood"       // the rate limit was ignored for long
	reasonReplaced = "replaced"    // a newer connection took the seat
	reasonRoomOver = "room_closed" // nothing more will happen in the room
	reasonMoved    = "moved"       // another server has the room
	reasonDrain    = "drain"       // the server is shutting down
	reasonInternal = "internal"    // the server's own fault
)

// Reasons lists why connections end, for those who count by it.
func Reasons() []string {
	return []string{
		reasonClient, reasonLost, reasonTimeout, reasonSlow, reasonTooBig,
		reasonFlood, reasonReplaced, reasonRoomOver, reasonMoved, reasonDrain, reasonInternal,
	}
}

// ending says how a connection ends.
type ending struct {
	code   websocket.StatusCode // zero: there is nobody left to tell
	reason string
	text   string
}

var roomMoved = ending{code: closeRestart, reason: reasonMoved, text: "the room has moved to another server; come back"}

var internalFault = ending{code: closeInternal, reason: reasonInternal, text: "the server could not go on"}

func readEnding(err error) ending {
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return ending{code: closeTooBig, reason: reasonTooBig, text: "the frame is too long"}
	case websocket.CloseStatus(err) >= 0:
		return ending{reason: reasonClient}
	}
	return ending{reason: reasonLost}
}
