package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Two people play a game to the end, as the package comment says they can.
func TestGameOverWebSockets(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	}()
	address := listener.Addr().String()
	open(t, address)
	players := [2]*player{enter(t, address, "ann"), enter(t, address, "bob")}
	players[0].send("ready", "null")               // who came first begins the game
	for move, cell := range []int{0, 3, 1, 4, 2} { // X takes the first row
		p := players[move%2]
		p.expect(func(f frame) bool { return f.Type == "turn" })
		p.send("mark", fmt.Sprint(cell))
	}
	for _, p := range players {
		p.expect(func(f frame) bool { return f.Type == "event" && strings.Contains(string(f.Data), `"winners":[0]`) })
		_ = p.conn.CloseNow()
	}
}

func open(t *testing.T, address string) {
	t.Helper()
	body := strings.NewReader(`{"game":"tictactoe","room":"one"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/api/v1/rooms", body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusCreated {
		t.Fatal(response.Status)
	}
}

type frame struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

type player struct {
	*testing.T
	conn *websocket.Conn
	sent int
}

func enter(t *testing.T, address, name string) *player {
	t.Helper()
	conn, response, err := websocket.Dial(t.Context(), "ws://"+address+"/play?room=one&player="+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	return &player{T: t, conn: conn}
}

func (p *player) send(command, data string) {
	p.Helper()
	p.sent++
	text := fmt.Sprintf(`{"id":"%d","type":%q,"data":%s}`, p.sent, command, data)
	if err := p.conn.Write(p.Context(), websocket.MessageText, []byte(text)); err != nil {
		p.Fatal(err)
	}
}

// expect reads frames until one is as wanted.
func (p *player) expect(wanted func(frame) bool) {
	p.Helper()
	for {
		_, text, err := p.conn.Read(p.Context())
		if err != nil {
			p.Fatal(err)
		}
		var f frame
		if err := json.Unmarshal(text, &f); err != nil || f.Type == "error" {
			p.Fatalf("%s: %v", text, err)
		}
		if wanted(f) {
			return
		}
	}
}
