package stream

import (
	"encoding/json"
	"strconv"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss/event"
)

// Entry is an event in the stream. All subscribers share it, so it must not be
// changed.
type Entry struct {
	event *event.Event // the publisher's, with its secret
	text  atomic.Pointer[[]byte]
}

// Event returns the event, without its secret.
func (e *Entry) Event() *event.Event {
	if e.event.Secret == nil {
		return e.event
	}
	public := *e.event
	public.Secret = nil
	return &public
}

// JSON returns the event as the outside contract has it. It is encoded once, for
// the first who asks, and shared: it must not be changed. Data that cannot be
// encoded is left out.
func (e *Entry) JSON() []byte {
	if text := e.text.Load(); text != nil {
		return *text
	}
	text := encode(*e.event)
	if !e.text.CompareAndSwap(nil, &text) {
		return *e.text.Load()
	}
	return text
}

func encode(e event.Event) []byte {
	text, err := json.Marshal(e)
	if err != nil {
		e.Data = nil
		text, err = json.Marshal(e)
	}
	if err != nil { // a time out of this world
		return []byte(`{"seq":` + strconv.FormatUint(e.Seq, 10) + `}`)
	}
	return text
}
