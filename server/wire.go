package server

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// wire is a WebSocket and the connection below it, whose deadlines bind what the
// close handshake leaves open.
type wire struct {
	ws      *websocket.Conn
	raw     net.Conn
	severed atomic.Bool // cut
}

// part ends the connection as e says. The other side has so long to answer.
func (w *wire) part(e ending, patience time.Duration) {
	// Errors tell that it is gone, which it is meant to be.
	_ = w.raw.SetDeadline(time.Now().Add(patience))
	if e.code == 0 || w.severed.Load() {
		_ = w.ws.CloseNow()
		return
	}
	_ = w.ws.Close(e.code, e.text)
}

// cut ends the connection without a word, a handshake under way included: that
// holds what CloseNow waits for, so what is below goes first.
func (w *wire) cut() {
	w.severed.Store(true)
	_ = w.raw.Close()   // as in part
	_ = w.ws.CloseNow() // likewise
}
