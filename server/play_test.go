package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss/correlation"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/server"
)

// table seats two people and starts their game; the first has the turn.
func table(t *testing.T, h *house) (id string, ann, bob *client) {
	t.Helper()
	id = h.room(0)
	ann = h.join("room=" + id + "&player=ann")
	bob = h.join("room=" + id + "&player=bob")
	ann.send(`{"id":"r","type":"ready"}`)
	ann.untilType("turn")
	return id, ann, bob
}

func TestPlayWholeGame(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, ann, bob := table(t, h)
	if seat := ann.welcome["seat"]; seat != 0.0 {
		t.Errorf("ann sits at %v, want 0", seat)
	}
	ann.send(`{"id":"a1","type":"say","data":{"n":4,"word":"apple"}}`)
	if f := ann.answer("a1"); f.Type != "ack" || f.Seq != ann.lastSeq {
		t.Errorf("answer %+v after event %d, want an ack of that", f, ann.lastSeq)
	}
	if offer := bob.untilType("turn").data(t); offer["phase"] != "SAYING" || offer["turn"] != 2.0 || offer["deadline"] == nil ||
		offer["legal"].(map[string]any)["most"] != 6.0 {
		t.Errorf("turn %v", offer)
	}
	bob.send(`{"id":"b1","type":"say","turn":2,"data":{"n":6,"word":"berry"}}`)
	if f := bob.answer("b1"); f.Type != "ack" {
		t.Errorf("answer %+v, want an ack", f)
	}
	for name, c := range map[string]*client{"ann": ann, "bob": bob} {
		if code := c.closed(); code != websocket.StatusNormalClosure {
			t.Errorf("%s's connection closed with %v", name, code)
		}
		// Every event after the welcome, once and in order.
		seq := c.seq()
		for _, f := range c.received {
			if f.Type == "event" {
				if seq++; f.Seq != seq {
					t.Fatalf("%s got event %d, want %d", name, f.Seq, seq)
				}
			}
		}
	}
	if text := ann.raw.String(); !strings.Contains(text, "apple") || strings.Contains(text, "berry") {
		t.Error("ann does not know her own word, or knows bob's")
	}
	if text := bob.raw.String(); strings.Contains(text, "apple") || !strings.Contains(text, "berry") {
		t.Error("bob does not know his own word, or knows ann's")
	}
	for _, reason := range h.meter.ended(t, 2) {
		if reason != "room_closed" {
			t.Errorf("closed for %q", reason)
		}
	}
}

func TestPlayAnswersWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, ann, bob := table(t, h)
	for _, c := range []struct {
		name     string
		who      *client
		frame    string
		id, code string
	}{
		{"not JSON", ann, `hello`, "", "bad_frame"},
		{"half", ann, `{"id":"x1","type":`, "", "bad_frame"},
		{"an array", ann, `[]`, "", "bad_frame"},
		{"no type", ann, `{"id":"x2"}`, "x2", "bad_frame"},
		{"type of the wrong kind", ann, `{"id":"x3","type":7}`, "x3", "bad_frame"},
		{"id of the wrong kind", ann, `{"id":7,"type":"ready"}`, "", "bad_frame"},
		{"turn below zero", ann, `{"id":"x4","type":"say","turn":-1}`, "x4", "bad_frame"},
		{"not UTF-8", ann, "{\"id\":\"\xff\",\"type\":\"ready\"}", "", "bad_frame"},
		{"long id", ann, `{"id":"` + strings.Repeat("x", 129) + `","type":"ready"}`, "", "bad_frame"},
		{"malformed correlation", ann, `{"id":"x11","type":"say","correlation_id":"a b"}`, "x11", "bad_frame"},
		{"unknown type", ann, `{"id":"x5","type":"fly"}`, "x5", "unknown_command"},
		{"the room's own", ann, `{"id":"x6","type":"open"}`, "x6", "unknown_command"},
		{"the timer's", ann, `{"id":"x7","type":"timeout"}`, "x7", "unknown_command"},
		{"bad data", ann, `{"id":"x8","type":"say","data":{"n":"four"}}`, "x8", "bad_data"},
		{"illegal", ann, `{"id":"x9","type":"say","data":{"n":11}}`, "x9", codeTooMuch},
		{"a turn that has passed", ann, `{"id":"x10","type":"say","turn":99,"data":{"n":1}}`, "x10", "stale"},
		{"out of turn", bob, `{"id":"y1","type":"say","data":{"n":1}}`, "y1", "not_your_turn"},
		{"too late", bob, `{"id":"y2","type":"ready"}`, "y2", "already_started"},
	} {
		c.who.send(c.frame)
		f := c.who.untilType("error")
		if f.ID != c.id || f.Code != c.code || f.Message == "" {
			t.Errorf("%s: %+v, want code %s for id %q", c.name, f, c.code, c.id)
		}
		if !correlation.WellFormed(f.CorrelationID) {
			t.Errorf("%s: the answer has the correlation ID %q", c.name, f.CorrelationID)
		}
	}
	if err := ann.ws.Write(ann.ctx, websocket.MessageBinary, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if f := ann.untilType("error"); f.Code != "bad_frame" || f.CorrelationID == "" {
		t.Errorf("binary: %+v", f)
	}
	ann.send(`{"id":"ok","type":"say","data":{"n":1}}`)
	if f := ann.answer("ok"); f.Type != "ack" {
		t.Errorf("after all that: %+v, want an ack", f)
	}
}

func TestPlayRepeatedID(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, ann, _ := table(t, h)
	const frame = `{"id":"a1","type":"say","data":{"n":4}}`
	ann.send(frame)
	first := ann.answer("a1")
	ann.send(frame)
	if again := ann.answer("a1"); again.Type != first.Type || again.Seq != first.Seq {
		t.Errorf("second answer %+v, first %+v", again, first)
	}
	if info, _ := h.host.Info(id); info.Seq != first.Seq || info.Actions != 1 {
		t.Errorf("the room is at %d after %d actions, want %d after 1", info.Seq, info.Actions, first.Seq)
	}
}

func TestPlayOversizedFrame(t *testing.T) {
	t.Parallel()
	for _, size := range []int{5000, 4 << 20} {
		h := open(t)
		_, ann, _ := table(t, h)
		// The write may fail half-way, when the server has had enough.
		_ = ann.ws.Write(ann.ctx, websocket.MessageText, []byte(`{"id":"`+strings.Repeat("x", size)+`"}`))
		if code := ann.closed(); code != websocket.StatusMessageTooBig {
			t.Errorf("%d bytes: closed with %v, want 1009", size, code)
		}
		if reasons := h.meter.ended(t, 1); reasons[0] != "too_big" {
			t.Errorf("closed for %q", reasons[0])
		}
	}
}

func TestPlayReturns(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, ann, bob := table(t, h)
	ann.send(`{"id":"a1","type":"say","data":{"n":1}}`)
	ann.answer("a1")
	since := ann.lastSeq
	_ = ann.ws.CloseNow() // in mid-air
	bob.send(`{"id":"b1","type":"say","data":{"n":2}}`)
	bob.answer("b1")
	gone := func(f frame) bool { return strings.Contains(string(f.Data), "player.disconnected") }
	if !slices.ContainsFunc(bob.received, gone) {
		bob.until("ann's disconnection", gone)
	}

	back := h.join(fmt.Sprintf("room=%s&player=ann&session=%s&since=%d", id, ann.session(), since))
	if back.session() != ann.session() || back.welcome["seat"] != 0.0 {
		t.Errorf("welcome %v, want the same session and seat", back.welcome)
	}
	if total := back.welcome["state"].(map[string]any)["total"]; total != 3.0 {
		t.Errorf("total is %v, want 3", total)
	}
	offer := back.untilType("turn")
	if offer.data(t)["turn"] != 3.0 {
		t.Errorf("turn %s, want the third", offer.Data)
	}
	seq := since
	for _, f := range back.received {
		if f.Type == "event" {
			if seq++; f.Seq != seq {
				t.Fatalf("got event %d, want %d", f.Seq, seq)
			}
		}
	}
	if seq < back.seq() {
		t.Errorf("the last event before the turn is %d, the state's is %d", seq, back.seq())
	}
	back.send(`{"id":"a2","type":"say","data":{"n":7}}`)
	if f := back.answer("a2"); f.Type != "ack" {
		t.Errorf("answer %+v", f)
	}
	if code := back.closed(); code != websocket.StatusNormalClosure {
		t.Errorf("closed with %v", code)
	}
	// The room is over; its player may still read the end.
	late := h.join(fmt.Sprintf("room=%s&player=ann&session=%s&since=%d", id, ann.session(), since))
	if code := late.closed(); code != websocket.StatusNormalClosure || late.lastSeq != back.lastSeq {
		t.Errorf("closed with %v after event %d, want %d", code, late.lastSeq, back.lastSeq)
	}
}

func TestPlayResync(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, ann, bob := table(t, h)
	ann.send(`{"id":"a1","type":"say","data":{"n":1}}`)
	ann.answer("a1")
	bob.send(`{"id":"b1","type":"say","data":{"n":2}}`)
	bob.answer("b1")
	ann.untilType("turn")
	ann.send(`{"id":"s","type":"resync"}`)
	again := ann.untilType("welcome")
	if w := again.data(t); w["state"].(map[string]any)["total"] != 3.0 || uint64(w["seq"].(float64)) != ann.lastSeq {
		t.Errorf("welcome %v after event %d", w, ann.lastSeq)
	}
	if f := ann.answer("s"); f.Type != "ack" {
		t.Errorf("answer %+v", f)
	}
	if f := ann.next(); f.Type != "turn" {
		t.Errorf("then %+v, want the open turn", f)
	}
}

func TestPlayNewerConnectionReplacesOlder(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, ann, _ := table(t, h)
	newer := h.join("room=" + id + "&player=ann&session=" + ann.session())
	if code := ann.closed(); code != 4001 {
		t.Errorf("the older closed with %v, want 4001", code)
	}
	newer.untilType("turn")
	newer.send(`{"id":"n","type":"say","data":{"n":1}}`)
	if f := newer.answer("n"); f.Type != "ack" {
		t.Errorf("answer %+v", f)
	}
	info, _ := h.host.Info(id)
	if !info.Seats[0].Connected {
		t.Error("the older's end disconnected the newer")
	}
}

// A second connection that got the seat too late for its client, and is gone,
// does not leave the first one's player for absent.
func TestPlayOlderConnectionStays(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, ann, _ := table(t, h)
	late, err := h.host.Enter(t.Context(), id, "ann", ann.session())
	if err == nil {
		err = h.host.Lose(t.Context(), late)
	}
	if err != nil {
		t.Fatal(err)
	}
	told := func(kind event.Type) {
		ann.until(string(kind), func(f frame) bool { return f.Type == "event" && strings.Contains(string(f.Data), string(kind)) })
	}
	told(event.PlayerDisconnected)
	told(event.PlayerReconnected)
	if info, _ := h.host.Info(id); !info.Seats[0].Connected {
		t.Error("the room believes that ann is away")
	}
}

// Who was never heard of may not have got the welcome, and enters again by name.
// Whoever has answered in any way comes back with the session alone.
func TestPlayWithoutTheSession(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) { c.PingInterval = time.Hour })
	id := h.room(0)
	bob := h.join("room=" + id + "&player=bob")
	lost := func(c *client) {
		if err := c.ws.CloseNow(); err != nil {
			t.Fatal(err)
		}
		bob.until("ann's leaving", func(f frame) bool { return f.Type == "event" && f.data(t)["type"] == "player.disconnected" })
	}
	silent := h.join("room=" + id + "&player=ann")
	lost(silent)
	again := h.join("room=" + id + "&player=ann")
	if again.session() == silent.session() || again.welcome["seat"] != silent.welcome["seat"] {
		t.Errorf("welcome %v, before %v", again.welcome, silent.welcome)
	}
	again.send(`{"id":"x","type":"nonsense"}`)
	again.answer("x")
	lost(again)
	if _, response, err := h.dial("room="+id+"&player=ann", nil); err == nil || response.StatusCode != http.StatusConflict {
		t.Errorf("without the session: %v", err)
	}
	h.join("room=" + id + "&player=ann&session=" + again.session())
}

func TestPlayRefusedBeforeUpgrade(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, _, _ := table(t, h)
	waiting := h.room(1)
	h.join("room=" + waiting + "&player=carl")
	for _, c := range []struct {
		name, query string
		origin      string
		status      int
		code        string
	}{
		{"no such room", "room=nowhere&player=ann", "", 404, "no_such_room"},
		{"full", "room=" + waiting + "&player=dora", "", 409, "room_full"},
		{"seat taken", "room=" + waiting + "&player=carl", "", 409, "seat_taken"},
		{"started", "room=" + id + "&player=eve", "", 409, "already_started"},
		{"bad session", "room=" + id + "&player=ann&session=guess", "", 403, "bad_session"},
		{"bad name", "room=" + id + "&player=a%20b", "", 400, "invalid"},
		{"a path's name", "room=" + id + "&player=..", "", 400, "invalid"},
		{"no room named", "player=ann", "", 400, "invalid"},
		{"bad since", "room=" + id + "&player=ann&since=x", "", 400, "invalid"},
		{"another site", "room=" + id + "&player=ann", "https://evil.example", 403, "cross_origin"},
	} {
		options := &websocket.DialOptions{HTTPHeader: http.Header{}}
		if c.origin != "" {
			options.HTTPHeader.Set("Origin", c.origin)
		}
		ws, response, err := h.dial(c.query, options)
		if err == nil {
			_ = ws.CloseNow()
			t.Errorf("%s: connected", c.name)
			continue
		}
		text := make([]byte, 1024)
		n, _ := response.Body.Read(text)
		if response.StatusCode != c.status || response.Header.Get("Content-Type") != "application/problem+json" ||
			!strings.Contains(string(text[:n]), `"code":"`+c.code+`"`) {
			t.Errorf("%s: %d %s, want %d %s", c.name, response.StatusCode, text[:n], c.status, c.code)
		}
	}
	// No upgrade asked for: no seat taken.
	empty := h.room(0)
	if response, _ := h.request("GET", "/play?room="+empty+"&player=ann", ""); response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("without upgrade: %d", response.StatusCode)
	}
	if info, _ := h.host.Info(empty); info.Players != 0 {
		t.Errorf("%d seats taken by a request that could not play", info.Players)
	}
}

func TestPlayOrigins(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) { c.Origins = []string{"*.friend.example"} })
	for i, origin := range []string{h.url, "https://www.friend.example"} {
		ws, _, err := h.dial(fmt.Sprintf("room=%s&player=p%d", h.room(0), i), &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if err != nil {
			t.Errorf("%s: %v", origin, err)
			continue
		}
		_ = ws.CloseNow()
	}
}

func TestPlayRateLimit(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) { c.Rate, c.Burst = 1, 3 })
	ann := h.join("room=" + h.room(0) + "&player=ann")
	for range 6 {
		ann.send(`{"id":"s","type":"resync"}`)
	}
	if f := ann.until("rate_limited", func(f frame) bool { return f.Type == "error" }); f.Code != "rate_limited" || f.ID != "s" {
		t.Errorf("%+v, want rate_limited", f)
	}
	for range 50 {
		// The write may fail once the server has had enough.
		_ = ann.ws.Write(ann.ctx, websocket.MessageText, []byte(`{"id":"s","type":"resync"}`))
	}
	if code := ann.closed(); code != websocket.StatusPolicyViolation {
		t.Errorf("closed with %v, want 1008", code)
	}
}

func TestPlayClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) {
		c.WriteTimeout, c.Rate, c.Burst, c.PingInterval = time.Second, 1_000_000, 1_000_000, time.Hour
	})
	ann := h.join("room=" + h.room(0) + "&player=ann")
	go func() {
		var err error
		for err == nil {
			err = ann.ws.Write(ann.ctx, websocket.MessageText, []byte(`{"id":"`+strings.Repeat("x", 100)+`","type":"resync"}`))
		}
	}()
	if reasons := h.meter.ended(t, 1); reasons[0] != "slow" {
		t.Errorf("closed for %q, want slow", reasons[0])
	}
}

func TestPlayClientThatDoesNotAnswerPings(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) { c.PingInterval = 20 * time.Millisecond })
	h.join("room=" + h.room(0) + "&player=ann") // reads no more, so answers none
	if reasons := h.meter.ended(t, 1); reasons[0] != "timeout" {
		t.Errorf("closed for %q, want timeout", reasons[0])
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	h := open(t)
	ann := h.join("room=" + h.room(0) + "&player=ann")
	closed := make(chan websocket.StatusCode, 1)
	go func() { closed <- ann.closed() }()
	if err := h.server.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := <-closed; code != websocket.StatusGoingAway {
		t.Errorf("closed with %v, want 1001", code)
	}
	if n := h.server.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	if response, body := h.request("GET", "/readyz", ""); response.StatusCode != 503 || body["status"] != "draining" {
		t.Errorf("readyz: %d %v", response.StatusCode, body)
	}
	if response, _ := h.request("GET", "/healthz", ""); response.StatusCode != 200 {
		t.Errorf("healthz: %d", response.StatusCode)
	}
	if response, _ := h.request("POST", "/api/v1/rooms", `{"game":"sum"}`); response.StatusCode != 503 {
		t.Errorf("a new room: %d", response.StatusCode)
	}
	if _, response, err := h.dial("room=x&player=p", nil); err == nil || response.StatusCode != 503 {
		t.Errorf("a new connection: %v", err)
	}
}

// A client that answers nothing must not keep the server from ending.
func TestDrainCutsOffTheSilent(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *server.Config) { c.WriteTimeout = time.Hour })
	id := h.room(0)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET /play?room="+id+"&player=ann HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.server.Drain(now); !errors.Is(err, context.Canceled) {
		t.Errorf("drain: %v", err)
	}
}
