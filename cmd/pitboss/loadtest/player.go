package loadtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss/correlation"
)

// player is one seat, played over one connection.
type player struct {
	table   *table
	conn    *websocket.Conn
	number  int
	lastID  int
	pending map[string]time.Time // when what waits for its answer was sent, by ID
}

// frame is what of the server's frames a player has to know.
type frame struct {
	Type string          `json:"type"`
	ID   string          `json:"id"`
	Code string          `json:"code"`
	Data json.RawMessage `json:"data"`
}

// play answers every turn until the room closes. The one who begins starts the
// game.
func (p *player) play(ctx context.Context, begins bool) error {
	if begins {
		if err := p.send(ctx, request{Type: "ready"}); err != nil {
			return err
		}
	}
	for {
		_, text, err := p.conn.Read(ctx)
		if websocket.CloseStatus(err) == websocket.StatusNormalClosure {
			return nil
		}
		if err != nil {
			return fmt.Errorf("connection lost: %w", err)
		}
		p.table.run.count.received(len(text))
		if err := p.take(ctx, text); err != nil {
			return err
		}
	}
}

func (p *player) take(ctx context.Context, text []byte) error {
	var f frame
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("frame %q: %w", text, err)
	}
	count := &p.table.run.count
	switch f.Type {
	case "ack", "error":
		if sent, ours := p.pending[f.ID]; ours {
			count.answer.Observe(time.Since(sent))
			delete(p.pending, f.ID)
		}
		if f.Type == "error" {
			count.fail("refused: " + f.Code)
		}
	case "event":
		count.events.Add(1)
		p.table.delivered(p, f.Data)
	case "turn":
		return p.move(ctx, f.Data)
	}
	return nil
}

// move answers a turn.
func (p *player) move(ctx context.Context, offer json.RawMessage) error {
	r, err := choose(offer)
	if err != nil {
		return err
	}
	if think := p.table.run.config.Think; think > 0 {
		pause(ctx, think)
	}
	return p.send(ctx, r)
}

// leave gives the seat up, so that the room is not kept for the player's return.
func (p *player) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// A room that has closed needs no leaving.
	_ = p.conn.Write(ctx, websocket.MessageText, []byte(`{"id":"leave","type":"leave"}`))
	_ = p.conn.Close(websocket.StatusNormalClosure, "")
}

// request is a frame to the server.
type request struct {
	ID            string `json:"id"`
	Type          string `json:"type"`
	Turn          uint64 `json:"turn,omitempty"`
	CorrelationID string `json:"correlation_id"`
	Data          any    `json:"data,omitempty"`
}

func (p *player) send(ctx context.Context, r request) error {
	p.lastID++
	r.ID, r.CorrelationID = strconv.Itoa(p.lastID), correlation.New()
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	now := time.Now()
	p.pending[r.ID] = now
	p.table.sending(p, r.CorrelationID, now)
	p.table.run.count.actions.Add(1)
	if err := p.conn.Write(ctx, websocket.MessageText, text); err != nil {
		return fmt.Errorf("connection lost: %w", err)
	}
	return nil
}
