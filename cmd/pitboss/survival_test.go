package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// survivalLimit is how long a run of many kills may take.
const survivalLimit = 15 * time.Minute

// survivor is a person that comes back, through any node, whenever the
// connection is lost, and repeats what was not answered.
type survivor struct {
	person
	nodes  *nodes
	via    int
	pauses []time.Duration
	// before and after, if they are set, are called with the number of a move
	// before it is sent, and after that, before it is answered.
	before, after func(move int)
	moves         int
}

// back connects again, to one node after the other.
func (s *survivor) back() {
	lost := time.Now()
	if s.ws != nil {
		_ = s.ws.CloseNow()
	}
	s.turns = nil
	for {
		s.via++
		s.url = s.nodes.url(s.via)
		err := s.dial()
		if err == nil {
			break
		}
		if time.Since(lost) > silenceLimit {
			s.despair(err)
		}
		s.breathe()
	}
	s.pauses = append(s.pauses, time.Since(lost))
}

// despair fails the trial with what each node knows of the room.
func (s *survivor) despair(err error) {
	s.t.Helper()
	for i := range s.nodes.procs {
		status, known := get(s.t, s.nodes.url(i)+"/api/v1/rooms/"+s.room)
		s.t.Logf("%s: %d %s", s.nodes.url(i), status, known)
	}
	s.t.Fatalf("room %s through %s, event %d: nothing for %v: %v", s.room, s.url, s.seq, silenceLimit, err)
}

// breathe is what clients do before they try again.
func (s *survivor) breathe() {
	select {
	case <-s.ctx.Done():
		s.t.Fatal(s.ctx.Err())
	case <-time.After(50 * time.Millisecond):
	}
}

// open makes a room, or finds that it has been made.
func (s *survivor) open(room string) {
	body := fmt.Sprintf(`{"game":"liaptui","room":%q,"bots":3,"strength":"easy"}`, room)
	for ; ; s.breathe() {
		s.via++
		request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.nodes.url(s.via)+"/api/v1/rooms", strings.NewReader(body))
		if err != nil {
			s.t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		switch response.StatusCode {
		case http.StatusCreated, http.StatusConflict:
			s.room = room
			return
		case http.StatusServiceUnavailable, http.StatusBadGateway:
		default:
			s.t.Fatalf("room %s: %d", room, response.StatusCode)
		}
	}
}

// listen reads a frame. It returns false once the room has closed.
func (s *survivor) listen() (frame, bool) {
	for {
		f, err := s.read()
		if err == nil {
			return f, true
		}
		if s.closed == websocket.StatusNormalClosure {
			return frame{}, false
		}
		if errors.Is(err, context.DeadlineExceeded) {
			s.despair(err)
		}
		s.back()
	}
}

// do sends a command until it is answered. It returns false once the room has
// closed.
func (s *survivor) do(id, text string) (answer frame, open bool) {
	for {
		if s.ws.Write(s.ctx, websocket.MessageText, []byte(text)) != nil {
			s.back()
			continue
		}
		if s.after != nil {
			s.after(s.moves)
		}
		for connection := len(s.pauses); connection == len(s.pauses); {
			f, open := s.listen()
			switch {
			case !open:
				return frame{}, false
			case f.ID == id && (f.Type == "ack" || f.Type == "error"):
				return f, true
			case f.Type == "turn":
				s.turns = append(s.turns, f)
			}
		}
	}
}

// play plays a game to its end.
func (s *survivor) play() {
	s.session, s.seq, s.sent = "", 0, 0
	s.back()
	s.pauses = s.pauses[:len(s.pauses)-1] // that one was no loss
	f, open := s.do("go", `{"id":"go","type":"ready"}`)
	if f.Type != "ack" && f.Code != "already_started" {
		s.t.Errorf("ready: %s %s", f.Type, f.Code)
	}
	if open {
		s.playOn()
	}
}

// playOn plays what is left of a game.
func (s *survivor) playOn() {
	for answered, open := uint64(0), true; open; {
		var f frame
		for len(s.turns) == 0 {
			if f, open = s.listen(); !open {
				return
			}
			if f.Type == "turn" {
				s.turns = append(s.turns, f)
			}
		}
		var o turn
		s.decode(s.turns[0].Data, &o)
		if s.turns = s.turns[1:]; o.Turn == answered {
			continue
		}
		s.moves++
		if s.before != nil {
			s.before(s.moves)
		}
		id, text := s.move(o)
		if f, open = s.do(id, text); open && f.Type != "ack" {
			s.t.Errorf("%s: %s %s", text, f.Type, f.Code)
		}
		answered = o.Turn
	}
}

// Bots and people play on while nodes are killed at random moments and started
// again: every game ends, with one result, and every person sees each event once
// and in order. `make survival` does it at full size.
func TestGamesSurviveLostNodes(t *testing.T) {
	t.Parallel()
	people, games, kills, pace := 3, 20, 3, "5ms"
	if n, err := strconv.Atoi(os.Getenv("PITBOSS_TEST_KILLS")); err == nil {
		people, games, kills, pace = 20, 200, n, "200ms"
	}
	results := filepath.Join(t.TempDir(), "results.jsonl")
	ns := startNodes(t, 3, "--store", cluster(t), "--tables", strconv.Itoa(games/4), "--pace", pace, "--results", results)
	ctx, cancel := context.WithTimeout(t.Context(), survivalLimit)
	defer cancel()
	enough := make(chan struct{})
	var playing sync.WaitGroup
	var mu sync.Mutex
	var pauses []time.Duration
	played := 0
	for i := range people {
		playing.Go(func() {
			t.Run(fmt.Sprintf("person %d", i), func(t *testing.T) { //nolint:paralleltest // it is, by its goroutine
				s := &survivor{person: person{t: t, ctx: ctx}, nodes: ns, via: i}
				defer func() { _ = s.ws.CloseNow() }()
				for n := 0; ; n++ {
					s.open(fmt.Sprintf("of-%d-%d", i, n))
					s.play()
					mu.Lock()
					pauses, s.pauses, played = append(pauses, s.pauses...), nil, played+1
					mu.Unlock()
					select {
					case <-enough:
						return
					default:
					}
				}
			})
		})
	}
	for range kills {
		pause(t, time.Duration(rand.Int64N(int64(5*time.Second))))
		i := rand.IntN(len(ns.procs))
		kill(t, ns.procs[i])
		ns.start(i)
	}
	close(enough)
	playing.Wait()
	for n := 1; n <= games; {
		if _, ended := readResults(t, results)[n]; ended {
			n++
			continue
		}
		if ctx.Err() != nil {
			t.Fatalf("game %d of %d has no result after %v", n, games, survivalLimit)
		}
		pause(t, 20*time.Millisecond)
	}
	slices.Sort(pauses)
	if len(pauses) > 0 {
		t.Logf("%d kills; %d games of bots, %d with people; %d pauses: p50 %v, p99 %v, longest %v", kills,
			len(readResults(t, results)), played, len(pauses), pauses[len(pauses)/2], pauses[len(pauses)*99/100], pauses[len(pauses)-1])
	}
}

// pause lets other processes go on.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-time.After(d):
	}
}
