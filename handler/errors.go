package handler

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// PanicError is a panic turned into an error.
type PanicError struct {
	// Value is what the code panicked with.
	Value any
	// Stack is the stack at the panic, as [debug.Stack] formats it.
	Stack []byte
}

// Error gives the value only; the stack is for logs that ask for it.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error, so that errors.Is sees through
// the panic.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func panicError(value any) error { return &PanicError{Value: value, Stack: debug.Stack()} }

// sound returns a handler's error, or the panic of one whose Error method
// panics. A nil pointer returned as an error panics like that, and it must not
// do so later, where the error is formatted and nobody recovers.
func sound(err error) (checked error) {
	defer func() {
		if value := recover(); value != nil {
			checked = panicError(value)
		}
	}()
	_ = err.Error()
	return err
}

// TimeoutError says that a handler ran out of the time that [Timeout] gave it.
// It matches [context.DeadlineExceeded].
type TimeoutError struct {
	// After is how long the handler was given.
	After time.Duration
	// Err is what the handler returned.
	Err error
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("timed out after %v: %v", e.After, e.Err)
}

func (e *TimeoutError) Unwrap() []error { return []error{e.Err, context.DeadlineExceeded} }

// RetryError says that an attempt failed and that another will follow.
type RetryError struct {
	// Attempt is the one that failed.
	Attempt pitboss.Attempt
	// Number counts the attempts so far.
	Number int
	// Delay is how long the next one waits.
	Delay time.Duration
	// Err is the handler's error.
	Err error
}

func (e *RetryError) Error() string {
	return fmt.Sprintf("attempt %d failed, next in %v: %v", e.Number, e.Delay, e.Err)
}

func (e *RetryError) Unwrap() error { return e.Err }

// GivenUpError says that a message was given up on. The dead letter, if there
// is a place for one, is written and the message is ended.
type GivenUpError struct {
	Reason pitboss.Reason
	// Attempt is the last one; zero if the handler did not run this time.
	Attempt pitboss.Attempt
	// Number counts the attempts.
	Number int
	// Err is the failure that decided it.
	Err error
}

func (e *GivenUpError) Error() string {
	if e.Number == 0 {
		return fmt.Sprintf("given up (%s) before any attempt: %v", e.Reason, e.Err)
	}
	return fmt.Sprintf("given up (%s) after attempt %d: %v", e.Reason, e.Number, e.Err)
}

func (e *GivenUpError) Unwrap() error { return e.Err }

// DeadLetterError says that a dead letter could not be written. The message
// went back to its queue and nothing is lost, unless the queue had dropped it;
// see [Consumer.Dropped].
type DeadLetterError struct {
	// Err is why the dead letter was refused.
	Err error
	// Cause is why the message was to be given up on.
	Cause error
}

func (e *DeadLetterError) Error() string {
	return fmt.Sprintf("dead letter not written: %v (message failed: %v)", e.Err, e.Cause)
}

func (e *DeadLetterError) Unwrap() []error { return []error{e.Err, e.Cause} }

// EndError says that the queue refused the end of a delivery. The message may
// be delivered again. It also reports a handler that failed after its delivery
// had ended, because the handler ended it or the lease passed to another
// consumer. Such a message is neither retried nor given up on, and the error
// matches [pitboss.ErrEnded] and the handler's own.
type EndError struct {
	// End is ack, nak or term.
	End string
	Err error
}

func (e *EndError) Error() string { return fmt.Sprintf("%s refused: %v", e.End, e.Err) }

func (e *EndError) Unwrap() error { return e.Err }

// verdict says what an error alone decides: the reason to give up at once, or
// false when another attempt may help.
func verdict(err error, retryOn func(error) bool) (pitboss.Reason, bool) {
	switch {
	case errors.Is(err, pitboss.ErrNoHandler):
		return pitboss.ReasonNoHandler, true
	case errors.Is(err, pitboss.ErrInvalid):
		return pitboss.ReasonInvalid, true
	case errors.Is(err, pitboss.ErrDeadlineMissed):
		return pitboss.ReasonDeadline, true
	case errors.Is(err, pitboss.ErrPermanent):
		return pitboss.ReasonFailed, true
	case retryOn != nil && !retryOn(err):
		return pitboss.ReasonFailed, true
	}
	return "", false
}
