package room

import (
	"encoding/json"
	"fmt"
)

// DecodeCommand makes a command of the JSON that encoding/json wrote of one, as
// a dead letter store wants it: its data is what the game's Parse makes of it,
// so its room must be open. Who waited for the answer is gone, and a connection
// is not to be had again.
func (h *Host) DecodeCommand(text []byte) (Command, error) {
	var data json.RawMessage
	c := Command{Data: &data}
	if err := json.Unmarshal(text, &c); err != nil {
		return Command{}, fmt.Errorf("command: %w", err)
	}
	c.Data = nil
	switch c.Type {
	case connect, disconnect:
		return Command{}, fmt.Errorf("command: %q is of a connection that has gone", c.Type)
	}
	if len(data) == 0 || string(data) == "null" {
		return c, nil
	}
	parsed, err := h.parse(c.Room, c.Type, data)
	if err != nil {
		return Command{}, fmt.Errorf("command: %w", err)
	}
	c.Data = parsed
	return c, nil
}
