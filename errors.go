package pitboss

import (
	"errors"
	"fmt"
	"reflect"
)

// The faults that callers tell apart with errors.Is.
var (
	// ErrClosed: the queue, consumer or processor takes no more work.
	ErrClosed = errors.New("closed")
	// ErrFull: a bounded queue refused a message.
	ErrFull = errors.New("queue full")
	// ErrEnded: the delivery was ended before, or its lease has passed to
	// another consumer.
	ErrEnded = errors.New("delivery already ended")
	// ErrUndrained: a close ran out of time with messages left.
	ErrUndrained = errors.New("closed before all was handled")
	// ErrInvalid: the input is malformed; every [FieldError] matches it.
	ErrInvalid = errors.New("invalid")
	// ErrDeadlineMissed: the work's deadline passed before it was done.
	ErrDeadlineMissed = errors.New("deadline missed")
	// ErrNoHandler: nothing handles this kind of message.
	ErrNoHandler = errors.New("no handler")
	// ErrFenced: another owner has taken over; this one may not write any more.
	ErrFenced = errors.New("another owner has taken over")
	// ErrPermanent: trying again is pointless; see [Permanent].
	ErrPermanent = errors.New("permanent failure")
)

// Permanent marks err as one that no retry can mend. The result matches both
// err and [ErrPermanent]. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string   { return e.err.Error() }
func (e *permanentError) Unwrap() []error { return []error{e.err, ErrPermanent} }

// FieldError is bad input: which field, its value, and what is allowed. It
// matches [ErrInvalid].
type FieldError struct {
	Field   string
	Value   any
	Allowed string
}

// Error reads `ttl: -1s is not allowed; want zero (for ever) or more`.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s: %s is not allowed; want %s", e.Field, shown(e.Value), e.Allowed)
}

// shown quotes text of any type, so that empty text can be seen.
func shown(value any) string {
	switch {
	case value == nil:
		return "nil"
	case reflect.TypeOf(value).Kind() == reflect.String:
		return fmt.Sprintf("%q", value)
	}
	return fmt.Sprint(value)
}

// Unwrap makes every FieldError match [ErrInvalid].
func (e *FieldError) Unwrap() error { return ErrInvalid }

// FieldErrors collects the faults of one input, so that all are told at once.
// The zero value is empty and ready to use.
type FieldErrors []error

// Add records one fault.
func (f *FieldErrors) Add(field string, value any, allowed string) {
	*f = append(*f, &FieldError{Field: field, Value: value, Allowed: allowed})
}

// AddIf records a fault where wrong holds.
func (f *FieldErrors) AddIf(wrong bool, field string, value any, allowed string) {
	if wrong {
		f.Add(field, value, allowed)
	}
}

// Err joins the faults, or returns nil if there are none.
func (f FieldErrors) Err() error { return errors.Join(f...) }
