package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// readiness waits for what /readyz says of the store.
func readiness(t *testing.T, url string, status int, says string) {
	t.Helper()
	var got int
	var body string
	poll(t, func() bool {
		got, body = get(t, url+"/readyz")
		return got == status && strings.Contains(body, says)
	}, func() string { return fmt.Sprintf("/readyz: %d %s; want %d and %s", got, body, status, says) })
}

// notServed runs serve, which has to end at once.
func notServed(t *testing.T, code int, says []string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	log := new(synced)
	if got := run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), log, log); got != code {
		t.Errorf("exit %d, want %d; %s", got, code, log)
	}
	for _, want := range says {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s does not say %s", log, want)
		}
	}
}

// What is wrong with the store from the start is told in a sentence with what to
// do, and nothing runs.
func TestStoreThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	r := serveHere(t, "--store", "embedded", "--data", data)
	notServed(t, exitUsage, []string{"data", data, "in use by another process", "that is this process"}, "--data", data)
	createRoom(t, r.url, `{"game":"liaptui","bots":3}`)
	r.stop()
	r.wait(t)
	notServed(t, exitUsage, []string{"store", "unreachable", "check the address"}, "--store", "nats://127.0.0.1:1")
	notServed(t, exitUsage, []string{`store: "nats://ann:xxxxx@127.0.0.1:1" is`}, "--store", "nats://ann:hunter2@127.0.0.1:1")
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	notServed(t, exitUsage, []string{"data", "choose a folder"}, "--data", filepath.Join(file, "below"))
	blocks, err := filepath.Glob(filepath.Join(data, "jetstream", "*", "streams", "pitboss-journal-rooms", "msgs", "1.blk"))
	if err != nil || len(blocks) != 1 || os.Truncate(blocks[0], 0) != nil {
		t.Fatalf("the journal's file: %v, %v", blocks, err)
	}
	notServed(t, exitFailure, []string{"store is corrupt", "pitboss-journal-rooms", "bring back its files"}, "--data", data)
}

// A room is recovered from its snapshot, so damage to what came before shows when
// somebody reads that: as a fault of the server's, not as a room that is not there.
func TestDamagedPastOfARoom(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	played := serveHere(t, "--store", "embedded", "--data", data, "--tables", "1", "--games", "1", "--pace", "0", "--seed", "7")
	if code := played.wait(t); code != exitOK {
		t.Fatalf("exit %d; %s", code, played.log)
	}
	block := filepath.Join(data, "jetstream", "$G", "streams", "pitboss-journal-rooms", "msgs", "1.blk")
	text, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 0x55
	if err := os.WriteFile(block, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r := serveHere(t, "--store", "embedded", "--data", data)
	const room = "/api/v1/rooms/table-000001"
	if status, body := get(t, r.url+room); status != http.StatusOK || !strings.Contains(body, "GAME_OVER") {
		t.Errorf("the room: %d %s", status, body)
	}
	for _, path := range []string{"/journal", "/state?at=5"} {
		if status, body := get(t, r.url+room+path); status != http.StatusInternalServerError || !strings.Contains(body, `"code":"internal"`) {
			t.Errorf("%s: %d %.300s", path, status, body)
		}
	}
	if !strings.Contains(r.log.String(), "store is corrupt") {
		t.Errorf("the log does not tell: %s", r.log)
	}
	r.stop()
	r.wait(t)
}

// natsServer runs a server with JetStream on its own, in a folder and on a port,
// zero for any.
func natsServer(t *testing.T, folder string, port int) *server.Server {
	t.Helper()
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: folder,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(limit) {
		t.Fatal("not ready")
	}
	return s
}

// The servers of the store go in mid-game and come back: /readyz says so, the
// person waits, and plays on with every event once and in order.
func TestStoreAwayInMidGame(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := natsServer(t, folder, 0)
	r := serveHere(t, "--store", "nats://"+s.Addr().String(), "--pace", "0", "--log-level", "error")
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
	defer cancel()
	p := &person{t: t, url: r.url, ctx: ctx, room: createRoom(t, r.url, `{"game":"liaptui","bots":3,"strength":"easy","seed":11}`)}
	p.connect()
	if f := p.expect("ready", "go", `{"id":"go","type":"ready"}`, "ack", ""); f.Durability != "process" {
		t.Errorf("the ack says %q", f.Durability)
	}
	if _, body := get(t, r.url+"/api/v1/status"); !strings.Contains(body, `"durability":"process"`) {
		t.Errorf("the status is %s", body)
	}
	port := s.Addr().(*net.TCPAddr).Port
	for range 5 {
		o, ok := p.turn()
		if !ok {
			t.Fatal("the game is over")
		}
		id, text := p.move(o)
		p.expect("move", id, text, "ack", "")
	}
	o, ok := p.turn()
	if !ok {
		t.Fatal("the game is over")
	}
	s.Shutdown()
	s.WaitForShutdown()
	readiness(t, r.url, http.StatusServiceUnavailable, `"store":{"ok":false`)
	id, text := p.move(o)
	p.send(text)
	natsServer(t, folder, port)
	readiness(t, r.url, http.StatusOK, `"store":{"ok":true`)
	for {
		f, ok := p.next()
		if !ok {
			t.Fatal("closed")
		}
		if f.Type == "turn" {
			p.turns = append(p.turns, f)
		}
		if f.ID == id {
			if f.Type != "ack" {
				t.Errorf("the move made meanwhile: %s %s", f.Type, f.Code)
			}
			break
		}
	}
	p.playThrough(0, nil)
	_ = p.ws.CloseNow()
}
