package liaptui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pitboss-dev/pitboss/liaptui/rules"
	"github.com/pitboss-dev/pitboss/room"
)

// The commands of players.
const (
	CommandRedeal  = "redeal"
	CommandDeclare = "declare"
	CommandPlay    = "play"
)

// The codes of the game's own refusals.
const (
	CodeIllegalRedeal      = "illegal_redeal"
	CodeIllegalDeclaration = "illegal_declaration"
	CodeIllegalPlay        = "illegal_play"
)

// Redeal answers whether a weak hand asks for a redeal.
type Redeal struct {
	Accept bool `json:"accept"`
}

// Declare says how many piles the seat will take.
type Declare struct {
	Piles int `json:"piles"`
}

// Play lays pieces on the table.
type Play struct {
	Pieces rules.Pieces `json:"pieces"`
}

// Parse decodes a player's command: {"accept":true} to a [Redeal], {"piles":3}
// to a [Declare], {"pieces":["HORSE_RED"]} to a [Play]. Anything else in it is
// refused, with a message that says what is wanted.
func Parse(command string, data []byte) (any, error) {
	switch command {
	case CommandRedeal:
		var redeal Redeal
		err := parse(data, "accept", "true or false", &redeal.Accept)
		return redeal, err
	case CommandDeclare:
		var declare Declare
		err := parse(data, "piles", "a number from 0 to 8", &declare.Piles)
		return declare, err
	case CommandPlay:
		var play Play
		err := parse(data, "pieces", `a list of pieces such as ["HORSE_RED","HORSE_RED"]`, &play.Pieces)
		return play, err
	}
	return nil, unknownCommand(command)
}

// parse decodes an object with the one field.
func parse(data []byte, field, want string, into any) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields == nil {
		return room.Refuse(room.CodeBadData, "data: want an object with the field %q, %s", field, want)
	}
	for name := range fields {
		if name != field {
			return room.Refuse(room.CodeBadData, "data: field %q is not known; want %q, %s", name, field, want)
		}
	}
	value, ok := fields[field]
	if !ok || bytes.Equal(value, []byte("null")) {
		return room.Refuse(room.CodeBadData, "data: field %q is missing; want %s", field, want)
	}
	err := json.Unmarshal(value, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok { // it speaks of Go's types
		return room.Refuse(room.CodeBadData, "data: field %q: want %s, not a %s", field, want, wrong.Value)
	}
	if err != nil {
		return room.Refuse(room.CodeBadData, "data: field %q: want %s: %v", field, want, err)
	}
	return nil
}

func unknownCommand(command string) error {
	return room.Refuse(room.CodeUnknown, "%q is not a command of the game; want %s",
		command, fmt.Sprintf("%s, %s or %s, with its data", CommandRedeal, CommandDeclare, CommandPlay))
}
