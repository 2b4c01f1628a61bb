package handler

import "fmt"

// Order says which messages wait for which.
type Order uint8

const (
	// AnyOrder runs whatever the queue delivers next; messages overtake each
	// other freely.
	AnyOrder Order = iota
	// ByKey runs the messages of one key one at a time and in order, also
	// across retries, and different keys in parallel. The queue must be a
	// [pitboss.KeyOrderer].
	ByKey
)

// String returns any or key.
func (o Order) String() string {
	switch o {
	case AnyOrder:
		return "any"
	case ByKey:
		return "key"
	}
	return fmt.Sprintf("order(%d)", uint8(o))
}

// OnRetry says what a message that waits for its next attempt does to the
// later messages of its key. Hold and Pass differ in keyed order only.
type OnRetry uint8

const (
	// Hold keeps the key's later messages back until the retried one is done.
	Hold OnRetry = iota
	// Pass lets them overtake it.
	Pass
	// Park takes the message out of the queue and into the dead letters, to be
	// put back when its next attempt is due. The key goes on at once and the
	// queue's bound is relieved. It needs a store that honours
	// [pitboss.DeadLetter.RetryAt], as package deadletter does.
	Park
)

// String returns hold, pass or park.
func (r OnRetry) String() string {
	switch r {
	case Hold:
		return "hold"
	case Pass:
		return "pass"
	case Park:
		return "park"
	}
	return fmt.Sprintf("onretry(%d)", uint8(r))
}
