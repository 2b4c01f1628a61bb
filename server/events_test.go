package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/server"
)

// openStream is a house with a stream that is fed by the test.
func openStream(t *testing.T, c stream.Config, adjust ...func(*server.Config)) (*house, *stream.Stream) {
	t.Helper()
	s, err := stream.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return open(t, append([]func(*server.Config){func(c *server.Config) { c.Stream = s }}, adjust...)...), s
}

func publishTurns(s *stream.Stream, n int) {
	for range n {
		s.Publish([]event.Event{{Type: event.TurnStarted, Time: time.Now(), Room: "r", Game: "r.1"}})
	}
}

func (h *house) dialStream(query string, options *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	return websocket.Dial(ctx, h.url+"/api/v1/events/stream?"+query, options)
}

// listen follows the stream until the test ends.
func (h *house) listen(query string) *client {
	h.t.Helper()
	ws, _, err := h.dialStream(query, nil)
	if err != nil {
		h.t.Fatalf("listen %s: %v", query, err)
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	h.t.Cleanup(func() {
		cancel()
		_ = ws.CloseNow()
	})
	return &client{t: h.t, ws: ws, ctx: ctx}
}

// frame reads the next frame as it is.
func (c *client) frame() (text string, decoded map[string]any) {
	c.t.Helper()
	kind, raw, err := c.ws.Read(c.ctx)
	if err != nil || kind != websocket.MessageText {
		c.t.Fatalf("%v, %v", kind, err)
	}
	if err := json.Unmarshal(raw, &decoded); err != nil {
		c.t.Fatalf("%s: %v", raw, err)
	}
	return string(raw), decoded
}

func TestEventHistory(t *testing.T) {
	t.Parallel()
	h, s := openStream(t, stream.Config{History: 50})
	publishTurns(s, 60)
	s.Publish([]event.Event{
		{Type: event.GameEnded, Time: time.Now(), Room: "other", Game: "other.1", Secret: "hand"},
		{Type: event.ErrorOccurred, Time: time.Now(), Room: "r", Player: "ann", CorrelationID: "c1", Data: event.Fault{Error: "late"}},
	})
	for _, c := range []struct {
		query string
		want  []int
		next  int
	}{
		{"limit=2", []int{61, 62}, 62},
		{"type=game.*,error.occurred", []int{61, 62}, 62},
		{"type=game.ended&type=error.occurred&limit=1", []int{62}, 62},
		{"since=0&limit=2", []int{13, 14}, 14},
		{"since=59&limit=2", []int{60, 61}, 61},
		{"since=59&room=r", []int{60, 62}, 62},
		{"since=62", nil, 62},
		{"since=9999999", nil, 62},
		{"game=other.1", []int{61}, 62},
		{"player=ann", []int{62}, 62},
		{"correlation=c1", []int{62}, 62},
		{"correlation=c2", nil, 62},
		{"severity=warning", []int{62}, 62},
		{"type=&room=&since=&limit=1", []int{62}, 62},
	} {
		response, body := h.request("GET", "/api/v1/events?"+c.query, "")
		var got []int
		list, isList := body["events"].([]any)
		for _, e := range list {
			got = append(got, int(e.(map[string]any)["seq"].(float64)))
		}
		if response.StatusCode != 200 || !isList || !slices.Equal(got, c.want) || int(body["next"].(float64)) != c.next {
			t.Errorf("%s: %d %v next %v, want %v next %d", c.query, response.StatusCode, got, body["next"], c.want, c.next)
		}
		if text := fmt.Sprint(body); strings.Contains(text, "hand") {
			t.Errorf("the secret is told: %s", text)
		}
	}
	_, body := h.request("GET", "/api/v1/events?since=3&limit=1", "")
	if missed, _ := body["missed"].(map[string]any); missed["count"] != 9.0 || missed["from"] != 4.0 || missed["to"] != 12.0 {
		t.Errorf("missed %v", body["missed"])
	}
	_, body = h.request("GET", "/api/v1/status", "")
	if shown, _ := body["stream"].(map[string]any); shown["first"] != 13.0 || shown["last"] != 62.0 {
		t.Errorf("status shows %v", body["stream"])
	}
}

func TestEventParametersThatAreWrong(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{})
	for query, field := range map[string]string{
		"type=nonsense": "type", "type=game.*,gmae.*": "type", "since=-1": "since", "limit=0": "limit", "limit=x": "limit",
		"severity=loud": "severity", "correlation=a%20b": "correlation", "room=a%2Fb": "room", "player=%00": "player",
	} {
		for _, path := range []string{"/api/v1/events?", "/api/v1/events/stream?"} {
			var headers []string
			if strings.Contains(path, "stream") {
				if field == "limit" {
					continue // a stream has none
				}
				headers = []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
			}
			response, body := h.request("GET", path+query, "", headers...)
			named, _ := body["errors"].([]any)
			if response.StatusCode != 400 || len(named) != 1 {
				t.Errorf("%s%s: %d %v", path, query, response.StatusCode, body)
				continue
			}
			if fault := named[0].(map[string]any); fault["field"] != field || fault["value"] == nil || fault["allowed"] == "" {
				t.Errorf("%s%s: %v", path, query, fault)
			}
		}
	}
	if response, _ := h.request("GET", "/api/v1/events/stream", ""); response.StatusCode != http.StatusUpgradeRequired || response.Header.Get("Upgrade") != "websocket" {
		t.Errorf("without an upgrade: %d", response.StatusCode)
	}
	without := open(t)
	if response, _ := without.request("GET", "/api/v1/events", ""); response.StatusCode != 404 {
		t.Errorf("without a stream: %d", response.StatusCode)
	}
}

func TestListenersResumeWithoutGapOrDuplicate(t *testing.T) {
	t.Parallel()
	h, s := openStream(t, stream.Config{})
	publishTurns(s, 3)
	next := 1.0
	for range 4 {
		l := h.listen(fmt.Sprintf("since=%v&type=turn.*", next-1))
		publishTurns(s, 2)
		for range 2 {
			text, got := l.frame()
			if got["seq"] != next || got["type"] != "turn.started" || got["id"] != fmt.Sprintf("stream/%v", next) {
				t.Fatalf("%s, want event %v", text, next)
			}
			next++
		}
		_ = l.ws.CloseNow()
	}
	live := h.listen("room=mine")
	publishTurns(s, 1)
	s.Publish([]event.Event{{Type: event.GameEnded, Time: time.Now(), Room: "mine"}})
	if text, got := live.frame(); got["room"] != "mine" {
		t.Errorf("%s", text)
	}
}

func TestListenersAreToldWhatTheyMissed(t *testing.T) {
	t.Parallel()
	h, s := openStream(t, stream.Config{History: 10})
	publishTurns(s, 30)
	for since, want := range map[int]string{
		7:  `{"type":"missed","data":{"count":13,"from":8,"to":20}}`,
		99: `{"type":"reset","data":{"since":99,"last":30}}`,
	} {
		l := h.listen(fmt.Sprint("since=", since))
		if text, _ := l.frame(); text != want {
			t.Errorf("since %d: %s, want %s", since, text, want)
		}
		if text, got := l.frame(); got["seq"] != 21.0 {
			t.Errorf("since %d: then %s", since, text)
		}
	}
}

// One that does not read holds nobody up, and learns what went by when it does.
func TestListenerThatStalls(t *testing.T) {
	t.Parallel()
	h, s := openStream(t, stream.Config{History: 20})
	stalled, quick := h.listen("since=0"), h.listen("type=game.ended")
	page := strings.Repeat("x", 64<<10)
	const n = 2000 // 128 MB: far more than the buffers on the way
	for range n {
		s.Publish([]event.Event{{Type: event.TurnStarted, Time: time.Now(), Room: "r", Data: page}})
	}
	s.Publish([]event.Event{{Type: event.GameEnded, Time: time.Now()}})
	seen, missed := 0.0, 0.0
	for ended := false; !ended; {
		switch text, got := quick.frame(); got["type"] {
		case "game.ended":
			ended = true
		case "missed": // twenty events go by quickly on a busy machine
			missed += got["data"].(map[string]any)["count"].(float64)
		default:
			t.Fatal(text)
		}
	}
	stalled.ws.SetReadLimit(1 << 20)
	for seen < n+1 {
		_, got := stalled.frame()
		if got["type"] == "missed" {
			data := got["data"].(map[string]any)
			if data["from"] != seen+1 {
				t.Fatalf("missed %v after %v", data, seen)
			}
			seen, missed = data["to"].(float64), missed+data["count"].(float64)
			continue
		}
		if got["seq"] != seen+1 {
			t.Fatalf("event %v after %v", got["seq"], seen)
		}
		seen++
	}
	if missed == 0 || s.Stats().Missed != uint64(missed) {
		t.Errorf("told of %v missed, counted %d", missed, s.Stats().Missed)
	}
}

func TestListenersAreBounded(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{}, func(c *server.Config) { c.MaxListeners, c.Origins = 2, []string{"*.example.org"} })
	page := func(origin string) *websocket.DialOptions {
		return &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}}
	}
	if _, response, err := h.dialStream("", page("https://evil.test")); err == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("another site's page: %v", err)
	}
	ours, _, err := h.dialStream("", page("https://play.example.org"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ours.CloseNow() }()
	talker := h.listen("")
	if _, response, err := h.dialStream("", nil); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a third one: %v", err)
	}
	talker.send("hello")
	if code := talker.closed(); code != websocket.StatusPolicyViolation {
		t.Errorf("one that talks is closed with %v", code)
	}
}

// One that does not even answer pings is dropped, and its place is free.
func TestListenerThatIsGone(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{}, func(c *server.Config) { c.MaxListeners, c.PingInterval = 1, 20*time.Millisecond })
	h.listen("")
	for {
		ws, response, err := h.dialStream("", nil)
		if err == nil {
			_ = ws.CloseNow()
			return
		}
		if response == nil || response.StatusCode != http.StatusServiceUnavailable {
			t.Fatal(err)
		}
	}
}

func TestDrainEndsListeners(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{})
	l := h.listen("")
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done <- h.server.Drain(ctx)
	}()
	if code := l.closed(); code != websocket.StatusGoingAway {
		t.Errorf("closed with %v", code)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, response, err := h.dialStream("", nil); err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after the drain: %v", err)
	}
}

// Connections are told by themselves; broadcasts while somebody looks for them.
func TestConnectionsAndBroadcastsAreOnTheStream(t *testing.T) {
	t.Parallel()
	h, _ := openStream(t, stream.Config{})
	id := h.room(1)
	l := h.listen("type=connection.*,broadcast.*&room=" + id)
	p := h.join("player=ann&room=" + id)
	p.send(`{"id":"c1","type":"ready","correlation_id":"click-1"}`)
	p.answer("c1")
	seen := map[string]bool{}
	for !seen["connection.opened"] || !seen["broadcast.sent click-1"] {
		_, got := l.frame()
		seen[got["type"].(string)] = true
		seen[fmt.Sprint(got["type"], " ", got["correlation_id"])] = true
		if got["room"] != id || got["player"] != "ann" {
			t.Errorf("%v", got)
		}
	}
}

func FuzzEventQuery(f *testing.F) {
	for _, query := range []string{"type=game.*&since=3", "limit=9&severity=error", "type=,,&room=%zz", "since=99999999999999999999", "correlation=a:b"} {
		f.Add(query)
	}
	s, err := stream.New(stream.Config{})
	if err != nil {
		f.Fatal(err)
	}
	s.Publish([]event.Event{{Type: event.GameEnded, Time: time.Now(), Room: "r"}})
	host, err := room.NewHost(room.Config{Games: []room.Rules{sumGame()}})
	if err != nil {
		f.Fatal(err)
	}
	handler, err := server.New(server.Config{Host: host, Stream: s})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/events", http.NoBody)
		r.URL.RawQuery = query
		recorded := httptest.NewRecorder()
		handler.ServeHTTP(recorded, r)
		var body map[string]any
		if err := json.Unmarshal(recorded.Body.Bytes(), &body); err != nil {
			t.Fatalf("%q: %v: %s", query, err, recorded.Body)
		}
		switch recorded.Code {
		case 200:
			if _, ok := body["events"].([]any); !ok {
				t.Errorf("%q: %v", query, body)
			}
		case 400:
			if faults, ok := body["errors"].([]any); !ok || len(faults) == 0 {
				t.Errorf("%q: %v", query, body)
			}
		default:
			t.Errorf("%q: %d", query, recorded.Code)
		}
	})
}

// Whoever asks for batches gets the same events in the same order, in fewer
// frames, and notices as before.
func TestEventStreamInBatches(t *testing.T) {
	t.Parallel()
	h, s := openStream(t, stream.Config{})
	publishTurns(s, 1000)
	if _, notice := h.listen("since=2000&batch=true").frame(); notice["type"] != "reset" {
		t.Fatalf("first came %v", notice)
	}
	c := h.listen("since=0&batch=true")
	frames, next := 0, 1
	for next <= 1000 {
		_, raw, err := c.ws.Read(c.ctx)
		if err != nil {
			t.Fatal(err)
		}
		var events []struct{ Seq int }
		if err := json.Unmarshal(raw, &events); err != nil || len(events) == 0 {
			t.Fatalf("%v in %s", err, raw)
		}
		for _, e := range events {
			if e.Seq != next {
				t.Fatalf("event %d came where %d was due", e.Seq, next)
			}
			next++
		}
		frames++
	}
	if frames > 500 {
		t.Errorf("1,000 events took %d frames", frames)
	}
	if _, response, err := h.dialStream("batch=perhaps", nil); err == nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("a bad value of batch: %v", err)
	}
}
