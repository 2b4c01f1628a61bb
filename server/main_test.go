package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come. A busy machine is slow.
const patience = 3 * time.Minute

// The game of these tests: two seats say numbers in turn until the sum is ten.
// Each says a secret word of its own with it.
type sum struct{ total, turns int }

type say struct {
	N    int    `json:"n"`
	Word string `json:"word"`
}

type sumView struct {
	Total int `json:"total"`
	Seat  int `json:"seat"`
}

const codeTooMuch = "too_much"

func sumGame() room.Game[sum] {
	return room.Game[sum]{
		Name: "sum", Seats: 2,
		Decide: func(s sum, c room.Command) ([]room.Fact, error) {
			switch {
			case c.Type == room.Start:
				return []room.Fact{room.Enter("SAYING", nil)}, nil
			case c.Type == room.Timeout:
				return nil, nil
			case c.Type != "say":
				return nil, room.Refuse(room.CodeUnknown, "say something")
			case c.Seat != s.turns%2:
				return nil, room.Refuse(room.CodeNotYourTurn, "it is seat %d's turn", s.turns%2)
			}
			said := c.Data.(say)
			if said.N < 1 || s.total+said.N > 10 {
				return nil, room.Refuse(codeTooMuch, "1 to %d", 10-s.total)
			}
			facts := []room.Fact{{Type: event.PiecePlayed, Seat: c.Seat, Data: map[string]any{"n": said.N}, Secret: saidWord{c.Seat, said}}}
			if s.total+said.N == 10 {
				facts = append(facts, room.Enter("OVER", nil), room.Fact{
					Type: event.GameEnded, Seat: room.NoSeat, Data: event.Result{Outcome: event.Completed, Winners: []int{c.Seat}, Scores: []int{0, 0}},
				})
			}
			return facts, nil
		},
		Apply: func(s sum, f room.Fact) sum {
			if said, ok := f.Secret.(saidWord); ok {
				s.total += said.N
				s.turns++
			}
			return s
		},
		Offers: func(s sum, into []room.Offer) []room.Offer {
			return append(into, room.Offer{Seat: s.turns % 2, Turn: uint64(s.turns + 1), Within: time.Hour})
		},
		View:  func(s sum, seat int) any { return sumView{s.total, seat} },
		Legal: func(s sum, _ int) any { return map[string]int{"most": 10 - s.total} },
		Reveal: func(f room.Fact, seat int) any {
			said := f.Secret.(saidWord)
			if said.seat != seat {
				return f.Data
			}
			return said.say
		},
		Parse: func(command string, data []byte) (any, error) {
			if command != "say" {
				return nil, room.Refuse(room.CodeUnknown, "%q is not known", command)
			}
			var s say
			err := json.Unmarshal(data, &s)
			return s, err
		},
	}
}

type saidWord struct {
	seat int
	say
}

// house is a server with its host, running.
type house struct {
	t      *testing.T
	host   *room.Host
	server *server.Server
	url    string
	meter  *meter
}

func open(t *testing.T, adjust ...func(*server.Config)) *house {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	host, err := room.NewHost(room.Config{Games: []room.Rules{sumGame()}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, host: host, meter: &meter{}}
	c := server.Config{Host: host, Log: log, Meter: h.meter, Strengths: []string{"normal", "hard"}, Version: "v1", Store: "memory", Instance: "here", Environment: "test"}
	c.Queues = []server.Queue{{Name: "commands", Stats: host.Queue().(pitboss.Inspector[room.Command]).Stats}}
	for _, a := range adjust {
		a(&c)
	}
	if h.server, err = server.New(c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- host.Run(ctx) }()
	web := httptest.NewUnstartedServer(nil)
	web.Config = h.server.HTTPServer()
	web.Start()
	h.url = web.URL
	t.Cleanup(func() {
		draining, done := context.WithTimeout(context.Background(), patience)
		defer done()
		if err := h.server.Drain(draining); err != nil {
			t.Errorf("drain: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
		web.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("host: %v", err)
		}
		cancelled, stop := context.WithCancel(context.Background())
		stop()
		_ = host.Queue().Close(cancelled) // timers are left, and meant to be
	})
	return h
}

// request does one HTTP request and decodes the answer.
func (h *house) request(method, path, body string, headers ...string) (*http.Response, map[string]any) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	var decoded map[string]any
	if len(text) > 0 && strings.Contains(response.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &decoded); err != nil {
			h.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return response, decoded
}

// room opens a room with so many bots. Nobody plays for them here.
func (h *house) room(bots int) string {
	h.t.Helper()
	response, body := h.request("POST", "/api/v1/rooms", fmt.Sprintf(`{"game":"sum","bots":%d}`, bots))
	if response.StatusCode != http.StatusCreated {
		h.t.Fatalf("room: %d %v", response.StatusCode, body)
	}
	return body["room"].(string)
}

// frame is what the server sends, read loosely.
type frame struct {
	Type, ID, Code, Message string
	Seq                     uint64
	CorrelationID           string `json:"correlation_id"`
	Data                    json.RawMessage
}

func (f frame) data(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(f.Data, &m); err != nil {
		t.Fatalf("%s: %v", f.Data, err)
	}
	return m
}

// client is a player's connection.
type client struct {
	t        *testing.T
	ws       *websocket.Conn
	ctx      context.Context
	welcome  map[string]any
	lastSeq  uint64 // of the last event
	received []frame
	raw      bytes.Buffer // everything received
}

func (h *house) dial(query string, options *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	return websocket.Dial(ctx, h.url+"/play?"+query, options)
}

// join connects and reads the welcome.
func (h *house) join(query string) *client {
	h.t.Helper()
	ws, _, err := h.dial(query, nil)
	if err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	c := &client{t: h.t, ws: ws, ctx: ctx}
	h.t.Cleanup(func() { cancel(); _ = ws.CloseNow() })
	welcome := c.next()
	if welcome.Type != "welcome" {
		h.t.Fatalf("first frame is %+v, want a welcome", welcome)
	}
	c.welcome = welcome.data(h.t)
	return c
}

func (c *client) seq() uint64     { return uint64(c.welcome["seq"].(float64)) }
func (c *client) session() string { return c.welcome["session"].(string) }

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.ws.Write(c.ctx, websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("send %s: %v", text, err)
	}
}

func (c *client) read() (frame, error) {
	_, text, err := c.ws.Read(c.ctx)
	if err != nil {
		return frame{}, err
	}
	c.raw.Write(text)
	var f frame
	if err := json.Unmarshal(text, &f); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	if f.Type == "event" {
		c.lastSeq = f.Seq
	}
	c.received = append(c.received, f)
	return f, nil
}

func (c *client) next() frame {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return f
}

// until reads up to the first frame that fits.
func (c *client) until(what string, fits func(frame) bool) frame {
	c.t.Helper()
	for {
		f, err := c.read()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v; got %+v", what, err, c.received)
		}
		if fits(f) {
			return f
		}
	}
}

func (c *client) untilType(kind string) frame {
	c.t.Helper()
	return c.until(kind, func(f frame) bool { return f.Type == kind })
}

// answer reads up to the answer to a frame.
func (c *client) answer(id string) frame {
	c.t.Helper()
	return c.until("an answer to "+id, func(f frame) bool { return f.ID == id && (f.Type == "ack" || f.Type == "error") })
}

// closed reads until the connection ends, and returns with which status.
func (c *client) closed() websocket.StatusCode {
	c.t.Helper()
	for {
		if _, err := c.read(); err != nil {
			if code := websocket.CloseStatus(err); code >= 0 {
				return code
			}
			c.t.Fatalf("no close frame: %v", err)
		}
	}
}

// meter counts what the server tells it.
type meter struct {
	mu       sync.Mutex
	opened   int
	reasons  []string
	messages map[string]int
	changed  chan struct{}
}

func (m *meter) ConnectionOpened() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened++
}

func (m *meter) ConnectionClosed(reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reasons = append(m.reasons, reason)
	if m.changed != nil {
		close(m.changed)
		m.changed = nil
	}
}

func (m *meter) Message(direction string, _ int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.messages == nil {
		m.messages = make(map[string]int)
	}
	m.messages[direction]++
}

// ended waits until so many connections have closed, and returns why.
func (m *meter) ended(t *testing.T, n int) []string {
	t.Helper()
	over := time.After(patience)
	for {
		m.mu.Lock()
		if len(m.reasons) >= n {
			reasons := slices.Clone(m.reasons)
			m.mu.Unlock()
			return reasons
		}
		if m.changed == nil {
			m.changed = make(chan struct{})
		}
		changed := m.changed
		m.mu.Unlock()
		select {
		case <-changed:
		case <-over:
			t.Fatal(errors.New("connections did not close"))
		}
	}
}
