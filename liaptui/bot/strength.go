package bot

import (
	"errors"
	"fmt"
)

// Strength is how well a bot plays. The zero value is [Normal].
type Strength int8

// The three strengths, weakest first.
const (
	// Easy knows the rules, misjudges its hand and sometimes moves at random.
	Easy Strength = iota - 1
	// Normal declares from its own hand and plays to its declaration.
	Normal
	// Hard also counts the pieces that were played and minds its opponents.
	Hard
)

// ErrUnknownStrength: a text names no strength.
var ErrUnknownStrength = errors.New("unknown strength")

var strengthTexts = [...]string{"easy", "normal", "hard"}

// Valid reports whether s is one of the three strengths.
func (s Strength) Valid() bool { return s >= Easy && s <= Hard }

// String is easy, normal or hard.
func (s Strength) String() string {
	if !s.Valid() {
		return fmt.Sprintf("strength(%d)", int8(s))
	}
	return strengthTexts[s-Easy]
}

// MarshalText encodes s by its name.
func (s Strength) MarshalText() ([]byte, error) {
	if !s.Valid() {
		return nil, unknown(s.String())
	}
	return []byte(s.String()), nil
}

// UnmarshalText accepts the three names and refuses anything else with an error
// that matches [ErrUnknownStrength].
func (s *Strength) UnmarshalText(text []byte) error {
	for i, name := range strengthTexts {
		if name == string(text) {
			*s = Easy + Strength(i)
			return nil
		}
	}
	return unknown(string(text))
}

func unknown(name string) error {
	return fmt.Errorf("%w: %q is not allowed; want easy, normal or hard", ErrUnknownStrength, name)
}
