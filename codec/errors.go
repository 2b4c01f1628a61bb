package codec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pitboss-dev/pitboss"
)

// The faults that callers tell apart with errors.Is. Those of decoding match
// [pitboss.ErrInvalid], too.
var (
	// ErrVersion: a version that this program does not know. See [VersionError].
	ErrVersion = errors.New("unknown version")
	// ErrTooLarge: more bytes than the limit allows. See [SizeError].
	ErrTooLarge = errors.New("too large")
	// ErrUnknownType: a content type without a codec. See [TypeError].
	ErrUnknownType = errors.New("unknown content type")
)

// EncodeError says that a value cannot be encoded. It matches
// [pitboss.ErrPermanent].
type EncodeError struct {
	ContentType string
	Err         error
}

func (e *EncodeError) Error() string { return fmt.Sprintf("encode %s: %v", e.ContentType, e.Err) }

// Unwrap makes every EncodeError match [pitboss.ErrPermanent].
func (e *EncodeError) Unwrap() []error { return []error{e.Err, pitboss.ErrPermanent} }

// DecodeError says that bytes are malformed. It matches [pitboss.ErrInvalid].
type DecodeError struct {
	ContentType string
	Err         error
}

func (e *DecodeError) Error() string { return fmt.Sprintf("decode %s: %v", e.ContentType, e.Err) }

// Unwrap makes every DecodeError match [pitboss.ErrInvalid].
func (e *DecodeError) Unwrap() []error { return []error{e.Err, pitboss.ErrInvalid} }

// VersionError says that bytes have a version that cannot be read. It matches
// [ErrVersion].
type VersionError struct {
	// Of is what has a version: envelope or payload.
	Of string
	// Version is what was found, Oldest and Newest what can be read.
	Version, Oldest, Newest int
}

func (e *VersionError) Error() string {
	hint := "upgrade this program"
	if e.Version < e.Oldest {
		hint = "accept older ones, or migrate it"
	}
	want := strconv.Itoa(e.Newest)
	if e.Oldest != e.Newest {
		want = fmt.Sprintf("%d to %d", e.Oldest, e.Newest)
	}
	return fmt.Sprintf("%v %d of %s, want %s; %s", ErrVersion, e.Version, e.Of, want, hint)
}

// Unwrap makes every VersionError match [ErrVersion] and [pitboss.ErrInvalid].
func (e *VersionError) Unwrap() []error { return []error{ErrVersion, pitboss.ErrInvalid} }

// SizeError says that a payload is larger than allowed, compressed or not. It
// matches [ErrTooLarge].
type SizeError struct {
	// Limit is how many bytes are allowed.
	Limit int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%v: more than %d bytes; raise the limit if that is meant", ErrTooLarge, e.Limit)
}

// Unwrap makes every SizeError match [ErrTooLarge] and [pitboss.ErrInvalid].
func (e *SizeError) Unwrap() []error { return []error{ErrTooLarge, pitboss.ErrInvalid} }

// TypeError says that no codec reads a content type. It matches
// [ErrUnknownType].
type TypeError struct {
	// ContentType is what was found; empty where the bytes gave no hint.
	ContentType string
	// Known are the content types that can be read.
	Known []string
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("%v %q, want %s", ErrUnknownType, e.ContentType, strings.Join(e.Known, " or "))
}

// Unwrap makes every TypeError match [ErrUnknownType] and
// [pitboss.ErrInvalid].
func (e *TypeError) Unwrap() []error { return []error{ErrUnknownType, pitboss.ErrInvalid} }

// panicked is the error of a panic in a method of the payload's type.
func panicked(value any) error { return fmt.Errorf("panic: %v", value) }
