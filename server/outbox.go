package server

import (
	"sync"

	"github.com/pitboss-dev/pitboss/room"
)

// outbox holds what a connection's reader and the rooms have for its writer.
// Its length is bounded, because the reader stops at maxReplies and commands
// under way are bounded too.
type outbox struct {
	mu         sync.Mutex
	space      sync.Cond // for the reader: replies were taken, or it is over
	replies    []reply
	spare      []reply
	unanswered int
	ended      *ending
	wake       chan struct{} // for the writer: something is there; holds one
}

// maxReplies is where the reader stops until the client takes its replies.
const maxReplies = 64

// reply answers one frame.
type reply struct {
	id            string
	correlationID string
	answer        room.Answer
	resync        bool
}

func newOutbox() *outbox {
	o := &outbox{wake: make(chan struct{}, 1)}
	o.space.L = &o.mu
	return o
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// end tells both sides that it is over; the first reason counts.
func (o *outbox) end(e ending) {
	o.mu.Lock()
	if o.ended == nil {
		o.ended = &e
	}
	o.mu.Unlock()
	o.space.Broadcast()
	o.signal()
}

// ready waits until there is space for a reply, or returns false if it is over.
func (o *outbox) ready() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.replies) >= maxReplies && o.ended == nil {
		o.space.Wait()
	}
	return o.ended == nil
}

// begin counts a command as under way, if there may be one more.
func (o *outbox) begin(most int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unanswered >= most {
		return false
	}
	o.unanswered++
	return true
}

// finish adds the reply to a command that was under way. It does not block.
func (o *outbox) finish(r reply) {
	o.mu.Lock()
	o.unanswered--
	o.replies = append(o.replies, r)
	o.mu.Unlock()
	o.signal()
}

// drop is finish without a reply: whoever asked has to ask again elsewhere.
func (o *outbox) drop() {
	o.mu.Lock()
	o.unanswered--
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) add(r reply) {
	o.mu.Lock()
	o.replies = append(o.replies, r)
	o.mu.Unlock()
	o.signal()
}

// take returns the replies so far, valid until the next take.
func (o *outbox) take() []reply {
	o.mu.Lock()
	taken := o.replies
	o.replies, o.spare = o.spare[:0], taken
	o.mu.Unlock()
	o.space.Signal()
	return taken
}

// idle says that nothing is under way and nothing is left to send.
func (o *outbox) idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.unanswered == 0 && len(o.replies) == 0
}

func (o *outbox) ending() *ending {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended
}
