package rules

import (
	"errors"
	"fmt"
)

// The faults that callers tell apart with errors.Is.
var (
	// ErrUnknownName: a text names no kind, or no play type. Every [NameError]
	// matches it.
	ErrUnknownName = errors.New("unknown name")
	// ErrIllegalPlay: these pieces may not be played now. Every [PlayError]
	// matches it.
	ErrIllegalPlay = errors.New("illegal play")
	// ErrIllegalDeclaration: this number may not be declared now. Every
	// [DeclarationError] matches it.
	ErrIllegalDeclaration = errors.New("illegal declaration")
)

// NameError is a text that names nothing.
type NameError struct {
	What    string // what was to be named
	Name    string
	Allowed string
}

// Error reads `kind: "HORSE" is not allowed; want NAME_COLOUR with …`.
func (e *NameError) Error() string {
	return fmt.Sprintf("%s: %q is not allowed; want %s", e.What, e.Name, e.Allowed)
}

// Unwrap makes every NameError match [ErrUnknownName].
func (e *NameError) Unwrap() error { return ErrUnknownName }

// PlayError is a play that the rules refuse.
type PlayError struct {
	Pieces  Pieces
	Why     string // what is wrong with it
	Allowed string
}

// Error reads `illegal play: [HORSE_RED, HORSE_BLACK] is no valid play; want …`.
func (e *PlayError) Error() string {
	return fmt.Sprintf("illegal play: [%s] %s; want %s", e.Pieces, e.Why, e.Allowed)
}

// Unwrap makes every PlayError match [ErrIllegalPlay].
func (e *PlayError) Unwrap() error { return ErrIllegalPlay }

// DeclarationError is a declaration that the rules refuse.
type DeclarationError struct {
	Piles   int
	Why     string // what is wrong with it
	Allowed []int
}

// Error reads `illegal declaration: 2 makes the declarations add up to 8; want
// one of [0 1 3 4 5 6 7 8]`.
func (e *DeclarationError) Error() string {
	return fmt.Sprintf("illegal declaration: %d %s; want one of %v", e.Piles, e.Why, e.Allowed)
}

// Unwrap makes every DeclarationError match [ErrIllegalDeclaration].
func (e *DeclarationError) Unwrap() error { return ErrIllegalDeclaration }
