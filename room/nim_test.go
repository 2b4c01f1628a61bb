package room_test

import (
	"encoding/json"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// Nim: two players take 1 to 3 of 7 sticks in turn; who takes the last one
// wins. It is the whole of a game that a studio would write.

type nim struct {
	Sticks int    `json:"sticks"`
	Move   uint64 `json:"move"` // of seat Move%2; zero before the game
}

type took struct {
	Seat   int `json:"seat"`
	Sticks int `json:"sticks"`
}

const tookSticks event.Type = "nim.took"

func newNim(within time.Duration) room.Game[nim] {
	return room.Game[nim]{
		Name: "nim", Seats: 2,
		Decide: decideNim,
		Apply: func(s nim, f room.Fact) nim {
			switch data := f.Data.(type) {
			case event.Start:
				return nim{Sticks: 7, Move: 2}
			case took:
				return nim{Sticks: s.Sticks - data.Sticks, Move: s.Move + 1}
			}
			return s
		},
		Offers: func(s nim, into []room.Offer) []room.Offer {
			return append(into, room.Offer{Seat: int(s.Move % 2), Turn: s.Move, Within: within})
		},
		Legal: func(s nim, _ int) any { return min(s.Sticks, 3) },
		Parse: func(_ string, data []byte) (any, error) {
			var sticks int
			err := json.Unmarshal(data, &sticks)
			return sticks, err
		},
	}
}

func decideNim(s nim, c room.Command) ([]room.Fact, error) {
	seat := int(s.Move % 2)
	switch {
	case c.Type == room.Start:
		return []room.Fact{room.Enter("PLAYING", nil)}, nil
	case c.Type == room.Timeout:
		return nil, nil
	case c.Type == "panic":
		panic("nim has a bug")
	case c.Type != "take":
		return nil, room.Refuse(room.CodeUnknown, "want take")
	case c.Seat != seat:
		return nil, room.Refuse(room.CodeNotYourTurn, "it is seat %d's turn", seat)
	}
	sticks, ok := c.Data.(int)
	if !ok || sticks < 1 || sticks > min(s.Sticks, 3) {
		return nil, room.Refuse("illegal_take", "take 1 to %d", min(s.Sticks, 3))
	}
	facts := []room.Fact{{Type: tookSticks, Seat: seat, Data: took{seat, sticks}}}
	if sticks == s.Sticks {
		facts = append(facts, room.Fact{
			Type: event.GameEnded, Seat: room.NoSeat, Data: event.Result{Outcome: event.Completed, Winners: []int{seat}},
		})
	}
	return facts, nil
}
