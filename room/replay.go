package room

import (
	"encoding/json"
	"fmt"

	"github.com/pitboss-dev/pitboss/event"
)

// Past is a room as it was after some event of its journal.
type Past struct {
	lobby lobby
	match match
	seq   uint64
}

// Replay folds a room's journal, from its first event, into the state after its
// last one. It fails if an event is missing or was not decoded.
func Replay(rules Rules, events []event.Event) (*Past, error) {
	p := &Past{lobby: newLobby(rules.game().seats), match: rules.newMatch()}
	p.match.begin()
	for i := range events {
		if err := p.add(&events[i]); err != nil {
			return nil, err
		}
	}
	p.match.commit()
	return p, nil
}

func (p *Past) add(e *event.Event) error {
	if e.RoomSeq != p.seq+1 {
		return fmt.Errorf("room %s: event %d follows %d in the journal", e.Room, e.RoomSeq, p.seq)
	}
	if _, encoded := e.Data.(json.RawMessage); encoded {
		return fmt.Errorf("room %s: event %d: the data of %s is not decoded", e.Room, e.RoomSeq, e.Type)
	}
	f := Fact{Type: e.Type, Seat: p.seatOf(e), Data: e.Data, Secret: e.Secret}
	p.seq = e.RoomSeq
	p.lobby.apply(f, e)
	p.match.apply(f)
	return nil
}

// seatOf is who the event is about. A journal names players, not seats.
func (p *Past) seatOf(e *event.Event) int {
	if e.Player == "" {
		return NoSeat
	}
	if data, ok := e.Data.(event.Seat); ok {
		return data.Seat
	}
	return p.lobby.seatOf(e.Player)
}

// Seq is the room's sequence then.
func (p *Past) Seq() uint64 { return p.seq }

// Phase is the game's state then, by name.
func (p *Past) Phase() string { return p.lobby.state }

// View is the game as a seat could see it then; [NoSeat] is a spectator.
func (p *Past) View(seat int) any { return p.match.view(seat) }

// State is the game's whole state then, of the type of its [Game]. It holds
// what nobody may see.
func (p *Past) State() any { return p.match.state() }
