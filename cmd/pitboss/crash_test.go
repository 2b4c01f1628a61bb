package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// kill ends a process as a crash does, and says whether it had not ended by itself.
func kill(t *testing.T, p *exec.Cmd) (crashed bool) {
	t.Helper()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // "signal: killed"
	return !p.ProcessState.Exited()
}

// A person plays on through a server that is killed again and again: every
// event comes once and in order, and a move whose answer was lost can be
// repeated.
func TestPersonPlaysThroughCrashes(t *testing.T) {
	t.Parallel()
	binary, data := built(t), filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
	defer cancel()
	serve := func() (*exec.Cmd, string) { return started(t, binary, "--data", data, "--pace", "0") }
	server, url := serve()
	p := &person{t: t, url: url, ctx: ctx, room: createRoom(t, url, `{"game":"liaptui","bots":3,"strength":"easy","seed":11}`)}
	p.connect()
	p.expect("ready", "go", `{"id":"go","type":"ready"}`, "ack", "")
	crashes := 0
	crash := func() {
		crashes++
		kill(t, server)
		_ = p.ws.CloseNow()
		server, p.url = serve()
		p.turns = nil
		p.connect()
	}
	p.playThrough(6, crash)
	if crashes < 3 {
		t.Errorf("only %d crashes", crashes)
	}
	_ = p.ws.CloseNow()
	kill(t, server)
	http.DefaultClient.CloseIdleConnections()
}

// playThrough plays to the end, with up to so many crashes: now before a move,
// now between a move and its answer.
func (p *person) playThrough(most int, crash func()) {
	p.t.Helper()
	answered, crashes := uint64(0), 0
	for turns := 1; ; turns++ {
		o, ok := p.turn()
		if !ok {
			return
		}
		if o.Turn == answered { // told again, on a new connection
			continue
		}
		if turns%12 == 0 && crashes < most {
			crashes++
			crash()
			continue
		}
		id, text := p.move(o)
		if turns%12 == 6 && crashes < most {
			crashes++
			p.send(text)
			crash()
		}
		p.expect("move", id, text, "ack", "")
		answered = o.Turn
	}
}

// A run of tables that is killed at random moments has every game once, with
// the result that the same run has undisturbed.
func TestRunGoesOnAfterCrashes(t *testing.T) {
	t.Parallel()
	const games = 40
	binary, folder := built(t), t.TempDir()
	run := func(name string, kills int) map[int]result {
		file := filepath.Join(folder, name+".jsonl")
		for {
			p, _ := started(t, binary, "--data", filepath.Join(folder, name), "--tables", "5", "--pace", "0",
				"--games", "40", "--seed", "7", "--results", file)
			if kills == 0 {
				if code := exitOf(t, p); code != exitOK {
					t.Fatalf("exit %d", code)
				}
				return readResults(t, file)
			}
			kills--
			lines := len(readResults(t, file))
			for enough := lines + 1 + rand.IntN(4); lines < min(enough, games-5); lines = len(readResults(t, file)) {
				select { // the file is all there is to follow
				case <-t.Context().Done():
					t.Fatal(t.Context().Err())
				case <-time.After(5 * time.Millisecond):
				}
			}
			if !kill(t, p) { // it was quicker, and the next start would begin the next run
				return readResults(t, file)
			}
		}
	}
	want, got := run("undisturbed", 0), run("killed", 6)
	for n := 1; n <= games; n++ {
		w, g := want[n], got[n]
		w.Seconds, g.Seconds = 0, 0
		if a, b := text(t, w), text(t, g); a != b {
			t.Errorf("game %d: %s, undisturbed %s", n, b, a)
		}
	}
	if len(got) != games {
		t.Errorf("%d games, want %d", len(got), games)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
