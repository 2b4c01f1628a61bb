package loadtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// table is one game. It follows each move from its sender to all the others.
type table struct {
	run  *run
	room string

	mu   sync.Mutex
	sent map[string]sending // by correlation ID
}

// sending is a move on its way.
type sending struct {
	by   *player
	at   time.Time
	seen uint8 // the players who have seen it, a bit each
}

func (t *table) enter(ctx context.Context, number int) (*player, error) {
	conn, err := t.run.server.dial(ctx, t.room, fmt.Sprintf("load-%d", number+1))
	if err != nil {
		return nil, err
	}
	return &player{table: t, conn: conn, number: number, pending: make(map[string]time.Time)}, nil
}

func (t *table) sending(by *player, correlationID string, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent[correlationID] = sending{by: by, at: at}
}

// delivered times a move's first event at a player other than its sender.
func (t *table) delivered(to *player, data json.RawMessage) {
	var e struct {
		CorrelationID string `json:"correlation_id"`
	}
	if json.Unmarshal(data, &e) != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ours := t.sent[e.CorrelationID]
	if bit := uint8(1) << to.number; ours && s.by != to && s.seen&bit == 0 {
		t.run.count.delivery.Observe(time.Since(s.at))
		s.seen |= bit
		t.sent[e.CorrelationID] = s
	}
}
