package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// listener is one WebSocket that follows the event stream.
type listener struct {
	*wire
	server *Server
	events *stream.Subscription
	batch  bool               // events that come together are one frame, an array
	stop   context.CancelFunc // ends the wait for events
	active atomic.Bool        // frames were written since the last ping

	mu    sync.Mutex
	ended *ending
}

// notice is a frame that is no event.
type notice struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

// The types of notices.
const (
	// noticeMissed: the listener fell behind; the data is a [stream.Missed].
	noticeMissed = "missed"
	// noticeReset: the stream began anew since the listener was last here; the
	// data is a beginning.
	noticeReset = "reset"
)

type beginning struct {
	Since uint64 `json:"since"` // what was asked for
	Last  uint64 `json:"last"`  // the new stream's last event
}

// streamEvents sends the history after since and then what happens, one event a
// frame or, with batch, an array of those that came together. Whatever can be
// refused is refused before the upgrade.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	filter := q.events()
	since, given := q.sequence("since")
	batch := q.flag("batch")
	if !given {
		since = stream.Now
	}
	faults := errors.Join(q.err(), s.config.Stream.Validate(filter))
	if p := s.refuseUpgrade(r, faults, "follow events"); p != nil {
		writeRefusal(w, r, *p)
		return
	}
	var reset *beginning
	if last := s.config.Stream.Stats().Last; given && since > last {
		reset, since = &beginning{Since: since, Last: last}, 0
	}
	events, err := s.config.Stream.Subscribe(stream.Options{Filter: filter, Since: since})
	if err != nil {
		s.fail(w, r, "events not subscribed to", err)
		return
	}
	defer events.Close()
	if p := s.listeners.reserve(); p != nil {
		writeProblem(w, r, *p)
		return
	}
	defer s.listeners.release()
	raw := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(raw, r, &websocket.AcceptOptions{OriginPatterns: s.config.Origins})
	if err != nil { // it is answered
		return
	}
	l := &listener{wire: &wire{ws: ws, raw: raw.conn}, server: s, events: events, batch: batch}
	l.serve(correlation.Detach(r.Context()), reset)
}

// serve runs a listener to its end.
func (l *listener) serve(ctx context.Context, reset *beginning) {
	ctx, l.stop = context.WithCancel(ctx)
	defer l.stop()
	l.server.listeners.enter(l)
	defer l.server.listeners.forget(l)
	var others sync.WaitGroup
	defer others.Wait()
	others.Go(l.read)
	others.Go(func() { l.ping(ctx) })

	err := l.write(ctx, reset)
	l.end(l.endingOf(ctx, err))
	l.part(l.ending(), l.server.config.WriteTimeout)
}

// end tells all sides that it is over; the first reason counts.
func (l *listener) end(e ending) {
	l.mu.Lock()
	if l.ended == nil {
		l.ended = &e
	}
	l.mu.Unlock()
	l.stop()
	// A write that hangs must not keep the end waiting for as long as a
	// listener may be slow.
	_ = l.raw.SetWriteDeadline(time.Now().Add(l.server.config.WriteTimeout)) // it is gone either way
}

func (l *listener) ending() ending {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.ended
}

// read waits for the end: listeners only listen. No context ends it, because the
// library would tear the connection down without a close frame.
func (l *listener) read() {
	for {
		if _, _, err := l.ws.Read(context.Background()); err != nil {
			l.end(readEnding(err))
			return
		}
		l.end(ending{code: closePolicy, reason: reasonClient, text: "nothing is to be sent here"})
	}
}

// ping tries whether the client is still there when there was nothing to send.
// While there is, the writes tell.
func (l *listener) ping(ctx context.Context) {
	interval := l.server.config.PingInterval
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if l.active.Swap(false) {
			continue
		}
		timeout, cancel := context.WithTimeout(ctx, interval)
		err := l.ws.Ping(timeout)
		cancel()
		if err != nil && ctx.Err() == nil && !l.active.Load() {
			l.end(ending{reason: reasonTimeout})
			return
		}
	}
}

func (l *listener) write(ctx context.Context, reset *beginning) error {
	if reset != nil {
		if err := l.notify(noticeReset, reset); err != nil {
			return err
		}
	}
	for {
		batch, err := l.events.Next(ctx)
		if err != nil {
			return err
		}
		if batch.Missed.Count > 0 {
			if err := l.notify(noticeMissed, batch.Missed); err != nil {
				return err
			}
		}
		for entries := batch.Entries; len(entries) > 0; {
			text, n := l.frame(entries)
			if err := l.send(text); err != nil {
				return err
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			entries = entries[n:]
		}
	}
}

// batchSize is about how long a frame of several events gets, in bytes.
const batchSize = 64 << 10

// frame makes the next frame and says how many of the entries are in it.
func (l *listener) frame(entries []*stream.Entry) ([]byte, int) {
	if !l.batch {
		return entries[0].JSON(), 1
	}
	text, n := []byte{'['}, 0
	for n < len(entries) && len(text) < batchSize {
		if n > 0 {
			text = append(text, ',')
		}
		text = append(text, entries[n].JSON()...)
		n++
	}
	return append(text, ']'), n
}

func (l *listener) notify(kind string, data any) error {
	text, err := json.Marshal(notice{kind, data})
	if err != nil {
		return err
	}
	return l.send(text)
}

// send gives a listener far longer than a player: one that is slow holds nothing
// but its place, and is told what went by meanwhile.
func (l *listener) send(text []byte) error {
	l.active.Store(true)
	if err := l.raw.SetWriteDeadline(time.Now().Add(l.server.config.StallTimeout)); err != nil {
		return &lostError{err}
	}
	if err := l.ws.Write(context.Background(), websocket.MessageText, text); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return errSlow
		}
		return &lostError{err}
	}
	l.active.Store(true)                    // it took until now
	_ = l.raw.SetWriteDeadline(time.Time{}) // pings and pongs have none; a fault shows at the next write
	return nil
}

// endingOf says how a listener ends whose writing has.
func (l *listener) endingOf(ctx context.Context, err error) ending {
	switch {
	case errors.Is(err, errSlow):
		return ending{reason: reasonSlow}
	case errors.Is(err, pitboss.ErrClosed):
		return ending{code: closeGoingAway, reason: reasonDrain, text: "the server is shutting down"}
	case ctx.Err() != nil: // whoever ended it has said why
		return internalFault
	}
	if _, lost := errors.AsType[*lostError](err); lost {
		return ending{reason: reasonLost}
	}
	l.server.config.Log.ErrorContext(ctx, "event listener ended", "error", err)
	return internalFault
}
