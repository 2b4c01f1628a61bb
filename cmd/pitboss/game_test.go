package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func createRoom(t *testing.T, url, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/v1/rooms", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var created struct{ Room string }
	if err := json.NewDecoder(response.Body).Decode(&created); err != nil || response.StatusCode != http.StatusCreated {
		t.Fatalf("room: %d, %v", response.StatusCode, err)
	}
	return created.Room
}

// silenceLimit is how long a person may hear nothing: far longer than any pause,
// so that a game that has stopped is told from one that is long.
const silenceLimit = time.Minute

// person is a scripted player with one connection after the other.
type person struct {
	t         *testing.T
	url, room string
	ctx       context.Context
	ws        *websocket.Conn
	session   string
	seat      int
	seq       uint64   // of the last event
	frames    [][]byte // all of them
	sent      int
	closed    websocket.StatusCode
	turns     []frame // that came while something else was waited for
}

type frame struct {
	Type, ID, Code string
	Durability     string // of an ack
	Seq            uint64
	Data           json.RawMessage
}

type turn struct {
	Phase string
	Turn  uint64
	Legal json.RawMessage
}

func (p *person) connect() {
	p.t.Helper()
	if err := p.dial(); err != nil {
		p.t.Fatalf("connect: %v", err)
	}
}

func (p *person) dial() error {
	p.t.Helper()
	query := "/play?player=ann&room=" + p.room
	if p.session != "" {
		query += fmt.Sprintf("&session=%s&since=%d", p.session, p.seq)
	}
	ctx, cancel := context.WithTimeout(p.ctx, silenceLimit)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, p.url+query, nil)
	if err != nil {
		return err
	}
	ws.SetReadLimit(1 << 20)
	p.ws = ws
	first, err := p.read()
	if err != nil {
		return err
	}
	var w struct {
		Session string
		Seat    int
		Seq     uint64
	}
	if err := json.Unmarshal(first.Data, &w); err != nil || first.Type != "welcome" {
		p.t.Fatalf("first frame %s %s", first.Type, first.Data)
	}
	if p.session == "" {
		p.seq = w.Seq
	}
	p.session, p.seat = w.Session, w.Seat
	return nil
}

// next reads a frame, or returns false when the connection was closed.
func (p *person) next() (frame, bool) {
	p.t.Helper()
	f, err := p.read()
	if err != nil && p.closed < 0 {
		p.t.Fatalf("read: %v", err)
	}
	return f, err == nil
}

// read reads a frame. Events have to come each once and in order.
func (p *person) read() (frame, error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, silenceLimit)
	defer cancel()
	_, text, err := p.ws.Read(ctx)
	if err != nil {
		p.closed = websocket.CloseStatus(err)
		return frame{}, err
	}
	p.frames = append(p.frames, text)
	var f frame
	if err := json.Unmarshal(text, &f); err != nil {
		p.t.Fatalf("%s: %v", text, err)
	}
	if f.Type == "event" {
		if f.Seq != p.seq+1 {
			p.t.Fatalf("event %d after %d", f.Seq, p.seq)
		}
		p.seq = f.Seq
	}
	return f, nil
}

func (p *person) send(text string) {
	p.t.Helper()
	if err := p.ws.Write(p.ctx, websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

// answer sends a frame and reads up to its answer.
func (p *person) answer(id, text string) frame {
	p.t.Helper()
	p.send(text)
	for {
		f, ok := p.next()
		if !ok {
			p.t.Fatalf("closed with %v before the answer to %s", p.closed, text)
		}
		if f.ID == id && (f.Type == "ack" || f.Type == "error") {
			return f
		}
		if f.Type == "turn" {
			p.turns = append(p.turns, f)
		}
	}
}

// turn waits for the next offer, or returns false when the connection was
// closed.
func (p *person) turn() (o turn, ok bool) {
	p.t.Helper()
	var f frame
	if len(p.turns) > 0 {
		f, p.turns = p.turns[0], p.turns[1:]
	}
	for f.Type != "turn" {
		if f, ok = p.next(); !ok {
			return turn{}, false
		}
	}
	p.decode(f.Data, &o)
	return o, true
}

func (p *person) expect(what, id, text, kind, code string) frame {
	p.t.Helper()
	f := p.answer(id, text)
	if f.Type != kind || f.Code != code {
		p.t.Errorf("%s: %s %s, want %s %s", what, f.Type, f.Code, kind, code)
	}
	return f
}

// move answers a turn by its first legal move.
func (p *person) move(o turn) (id, text string) {
	p.t.Helper()
	p.sent++
	id = fmt.Sprintf("m%d", p.sent)
	kind, data := "play", ""
	switch o.Phase {
	case "PREPARATION":
		kind, data = "redeal", `{"accept":false}`
	case "DECLARATION":
		var legal []int
		p.decode(o.Legal, &legal)
		kind, data = "declare", fmt.Sprintf(`{"piles":%d}`, legal[0])
	case "TURN":
		data = p.pieces(o.Legal)
	default:
		p.t.Fatalf("a turn in %s", o.Phase)
	}
	return id, fmt.Sprintf(`{"id":%q,"type":%q,"turn":%d,"data":%s}`, id, kind, o.Turn, data)
}

// pieces takes the first of a list of openings, or as many pieces as must
// follow.
func (p *person) pieces(legal json.RawMessage) string {
	p.t.Helper()
	var openings [][]string
	if json.Unmarshal(legal, &openings) != nil {
		var follow struct {
			Count int
			Hand  []string
		}
		p.decode(legal, &follow)
		openings = [][]string{follow.Hand[:follow.Count]}
	}
	text, _ := json.Marshal(map[string]any{"pieces": openings[0]})
	return string(text)
}

func (p *person) decode(text json.RawMessage, into any) {
	p.t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		p.t.Fatalf("%s: %v", text, err)
	}
}

// One person and three bots play a whole game, and everything that can go wrong
// on the way does.
func TestPersonPlaysBotsToTheEnd(t *testing.T) {
	t.Parallel()
	r := serveHere(t, "--pace", "0", "--log-level", "error")
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	p := &person{t: t, url: r.url, ctx: ctx, room: createRoom(t, r.url, `{"game":"liaptui","bots":3,"strength":"easy","seed":11}`)}
	p.connect()
	if f := p.answer("early", `{"id":"early","type":"declare","data":{"piles":1}}`); f.Code != "not_started" {
		t.Errorf("before the start: %s", f.Code)
	}
	p.send(`{"id":"go","type":"ready"}`)
	// Each says whether the turn is told again, on a new connection.
	mishaps := []func(turn) bool{
		func(turn) bool {
			p.expect("malformed", "", `{"id":"bad`, "error", "bad_frame")
			return false
		},
		func(o turn) bool {
			p.expect("stale", "s", fmt.Sprintf(`{"id":"s","type":"play","turn":%d,"data":{"pieces":["GENERAL_RED"]}}`, o.Turn+50), "error", "stale")
			return false
		},
		func(turn) bool {
			p.expect("no pieces", "i", `{"id":"i","type":"play","data":{"pieces":[]}}`, "error", "illegal_play")
			return false
		},
		func(turn) bool {
			p.send(`{"id":"` + strings.Repeat("x", 5000) + `"}`)
			for ok := true; ok; {
				_, ok = p.next()
			}
			if p.closed != websocket.StatusMessageTooBig {
				t.Errorf("oversized: closed with %v", p.closed)
			}
			p.connect()
			return true
		},
		func(turn) bool { // lost in mid-turn
			_ = p.ws.CloseNow()
			p.connect()
			return true
		},
		func(o turn) bool {
			id, text := p.move(o)
			first := p.expect("move", id, text, "ack", "")
			if again := p.expect("repeated", id, text, "ack", ""); again.Seq != first.Seq {
				t.Errorf("the same id was answered %d, then %d", first.Seq, again.Seq)
			}
			return true // it is another one
		},
	}
	turns := 0
	for {
		o, ok := p.turn()
		if !ok {
			break
		}
		turns++
		if o.Phase == "TURN" && len(mishaps) > 0 {
			mishap := mishaps[0]
			mishaps = mishaps[1:]
			if mishap(o) {
				continue
			}
		}
		id, text := p.move(o)
		p.expect("move", id, text, "ack", "")
	}
	if p.closed != websocket.StatusNormalClosure || len(mishaps) > 0 || turns < 10 {
		t.Errorf("closed with %v after %d turns, with %d mishaps left", p.closed, turns, len(mishaps))
	}
	if last := p.frames[len(p.frames)-1]; !bytes.Contains(last, []byte("room.closed")) && !bytes.Contains(last, []byte(`"ack"`)) {
		t.Errorf("the last frame is %s", last)
	}
	p.searchForOtherHands(r)
	_ = p.ws.CloseNow()
	r.stop()
	if code := r.wait(t); code != exitOK {
		t.Errorf("exit %d; %s", code, r.log)
	}
}

// searchForOtherHands looks into every frame for pieces that the seat must not
// know: a hand in a frame must be part of the seat's own deal.
func (p *person) searchForOtherHands(r *running) {
	p.t.Helper()
	hands := p.dealt(r)
	found := 0
	var search func(value any, round int, where []byte)
	search = func(value any, round int, where []byte) {
		switch v := value.(type) {
		case []any:
			for _, inner := range v {
				search(inner, round, where)
			}
		case map[string]any:
			for key, inner := range v {
				list, isList := inner.([]any)
				if key == "hand" && isList {
					found++
					if !within(list, hands) {
						p.t.Errorf("a hand that is none of the seat's: %s", where)
					}
				}
				if key == "hands" || key == "secret" || key == "seed" {
					p.t.Errorf("%s in %s", key, where)
				}
				search(inner, round, where)
			}
		}
	}
	for _, text := range p.frames {
		var value any
		p.decode(text, &value)
		search(value, 0, text)
	}
	if found == 0 {
		p.t.Error("no frame shows the seat's own hand")
	}
}

// dealt returns what the seat was dealt, deal by deal, from the journal with
// its secrets.
func (p *person) dealt(r *running) [][]any {
	p.t.Helper()
	_, body := get(p.t, r.url+"/api/v1/rooms/"+p.room+"/journal?reveal=true&limit=5000")
	var journal struct {
		Events []struct {
			Type   string
			Secret json.RawMessage
		}
	}
	p.decode(json.RawMessage(body), &journal)
	var deals [][]any
	for _, e := range journal.Events {
		if e.Type == "round.started" {
			var hands [][]any
			p.decode(e.Secret, &hands)
			deals = append(deals, hands[p.seat])
		}
	}
	return deals
}

// within says whether the pieces are part of one of the deals.
func within(pieces []any, deals [][]any) bool {
	for _, deal := range deals {
		left := make(map[any]int)
		for _, piece := range deal {
			left[piece]++
		}
		fits := true
		for _, piece := range pieces {
			left[piece]--
			fits = fits && left[piece] >= 0
		}
		if fits {
			return true
		}
	}
	return false
}
