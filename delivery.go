package pitboss

import "time"

// Delivery is a message handed to a consumer. It ends in exactly one of
// [Delivery.Ack], [Delivery.Nak] and [Delivery.Term]; a second end returns
// [ErrEnded] and changes nothing. A delivery that is never ended comes back
// after the queue's visibility timeout, where one is set.
//
// The methods are safe for concurrent use; the fields are the consumer's own
// copy.
type Delivery[T any] struct {
	Message[T]

	// Sequence is the message's place in the queue's order of arrival, from 1.
	Sequence uint64
	// Attempt counts the deliveries of this message, this one included.
	Attempt int
	// EnqueuedAt is when the queue accepted the message.
	EnqueuedAt time.Time
	// TakenAt is when the consumer began to handle it, so that middleware need
	// not read the clock again; zero where the consumer does not say.
	TakenAt time.Time
	// History holds the failed attempts before this one, oldest first, as far
	// as consumers recorded them.
	History []Attempt

	ender Ender
	token uint64
}

// Ender is the queue's side of a delivery. Implementations of [Queue] provide
// it to [Delivery.Bind]; consumers never see it. The token is the queue's own
// name for the delivery, so that an end needs no look-up.
type Ender interface {
	Ack(token uint64) error
	Nak(token uint64, r Retry) error
	Term(token uint64, reason Reason) error
}

// EndTeller is an [Ender] that can tell whether a delivery has ended.
type EndTeller interface {
	Ended(token uint64) bool
}

// Ended reports whether d is known to have ended: because somebody ended it, or
// because its lease has passed to another consumer. A queue that cannot tell
// says no; then ending it once more does.
func (d *Delivery[T]) Ended() bool {
	if d.ender == nil {
		return true
	}
	teller, ok := d.ender.(EndTeller)
	return ok && teller.Ended(d.token)
}

// Bind makes d end in ender under token. Queues call it on the deliveries they
// make.
func (d *Delivery[T]) Bind(ender Ender, token uint64) { d.ender, d.token = ender, token }

// Ack ends the delivery: the message was handled.
func (d *Delivery[T]) Ack() error {
	if d.ender == nil {
		return ErrEnded
	}
	return d.ender.Ack(d.token)
}

// Nak ends the delivery unhandled; the message is delivered again, not before
// delay has passed. In keyed order its key waits for it.
func (d *Delivery[T]) Nak(delay time.Duration) error { return d.Retry(Retry{Delay: delay}) }

// Retry is Nak with a record of what went wrong.
func (d *Delivery[T]) Retry(r Retry) error {
	if d.ender == nil {
		return ErrEnded
	}
	return d.ender.Nak(d.token, r)
}

// Term ends the delivery for good, unhandled. Whoever terminates a message
// writes its dead letter first.
func (d *Delivery[T]) Term(reason Reason) error {
	if d.ender == nil {
		return ErrEnded
	}
	return d.ender.Term(d.token, reason)
}

// Retry says how a delivery goes back to its queue.
type Retry struct {
	// Delay is how long the message is held back, never shorter.
	Delay time.Duration
	// Attempt is what happened, for [Delivery.History]. Zero: nothing to tell.
	Attempt Attempt
	// Pass lets the key's later messages overtake the retried one; without it
	// the key waits. It matters in keyed order only.
	Pass bool
}

// Attempt records one failed delivery.
type Attempt struct {
	// Time is when handling began.
	Time time.Time `json:"time"`
	// Duration is how long it took to fail.
	Duration time.Duration `json:"duration"`
	// Error is the failure's text.
	Error string `json:"error"`
	// Worker names who tried.
	Worker string `json:"worker,omitempty"`
}

// IsZero reports whether a is empty.
func (a Attempt) IsZero() bool { return a == Attempt{} }
