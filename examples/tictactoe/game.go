package main

import (
	"encoding/json"
	"strings"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// board is the state: nine cells, each ' ', 'X' or 'O'. It is a value, so that
// applying an event leaves the state before it as it was.
type board struct {
	Cells [9]byte
	Moves int // seat Moves%2 is next
}

// MarshalJSON shows the cells as text.
func (b board) MarshalJSON() ([]byte, error) { return json.Marshal(string(b.Cells[:])) }

// marked is the game's own event.
const marked event.Type = "tictactoe.marked"

type mark struct {
	Seat int `json:"seat"`
	Cell int `json:"cell"`
}

// game is everything that pitboss has to know of tic-tac-toe.
var game = room.Game[board]{
	Name: "tictactoe", Seats: 2,
	Decide: decide,
	Apply:  apply,
	Offers: func(b board, into []room.Offer) []room.Offer {
		// The turn's number lets a late answer be told from a timely one.
		return append(into, room.Offer{Seat: b.Moves % 2, Turn: uint64(b.Moves) + 1})
	},
	View:  func(b board, _ int) any { return b },
	Legal: func(b board, _ int) any { return b.free() },
	Parse: func(_ string, data []byte) (any, error) {
		var cell int
		err := json.Unmarshal(data, &cell)
		return cell, err
	},
}

func decide(b board, c room.Command) ([]room.Fact, error) {
	switch c.Type {
	case room.Start:
		return []room.Fact{room.Enter("PLAYING", nil)}, nil
	case "mark":
	default:
		return nil, room.Refuse(room.CodeUnknown, "want mark")
	}
	if c.Seat != b.Moves%2 {
		return nil, room.Refuse(room.CodeNotYourTurn, "it is seat %d's turn", b.Moves%2)
	}
	cell, ok := c.Data.(int)
	if !ok || cell < 0 || cell > 8 || b.Cells[cell] != ' ' {
		return nil, room.Refuse("illegal_mark", "want one of %v", b.free())
	}
	facts := []room.Fact{{Type: marked, Seat: c.Seat, Data: mark{c.Seat, cell}}}
	switch b = apply(b, facts[0]); {
	case b.won():
		facts = append(facts, ended(c.Seat))
	case b.Moves == 9:
		facts = append(facts, ended())
	}
	return facts, nil
}

func ended(winners ...int) room.Fact {
	return room.Fact{Type: event.GameEnded, Seat: room.NoSeat, Data: event.Result{Outcome: event.Completed, Winners: winners}}
}

func apply(b board, f room.Fact) board {
	switch data := f.Data.(type) {
	case event.Start:
		copy(b.Cells[:], strings.Repeat(" ", 9))
	case mark:
		b.Cells[data.Cell] = "XO"[data.Seat]
		b.Moves++
	}
	return b
}

func (b board) free() (cells []int) {
	for i, c := range b.Cells {
		if c == ' ' {
			cells = append(cells, i)
		}
	}
	return cells
}

func (b board) won() bool {
	for _, line := range [...][3]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}} {
		first := b.Cells[line[0]]
		if first != ' ' && first == b.Cells[line[1]] && first == b.Cells[line[2]] {
			return true
		}
	}
	return false
}
