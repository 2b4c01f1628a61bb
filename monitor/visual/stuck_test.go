package visual_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/visual"
	"github.com/pitboss-dev/pitboss/queue"
	"github.com/pitboss-dev/pitboss/room"
	"github.com/pitboss-dev/pitboss/task"
)

// found waits until the room is stuck for this reason, at most 30 s from now on,
// and returns why. No room but this one may be.
func (h *house) found(id string, reason visual.Reason) visual.RoomStatus {
	h.Helper()
	begin := time.Now()
	for time.Since(begin) <= 30*time.Second {
		stuck := h.visual.StuckRooms()
		if len(stuck) > 1 || len(stuck) == 1 && stuck[0].Room != id {
			h.Fatalf("stuck, and should not be: %+v", stuck)
		}
		if len(stuck) == 1 {
			if stuck[0].Stuck.Reason != reason {
				h.Fatalf("the reason is %+v, want %s", *stuck[0].Stuck, reason)
			}
			rooms := h.visual.Rooms(visual.RoomFilter{Health: visual.Stuck})
			if len(rooms.Rooms) != 1 || rooms.Summary.Health[visual.Stuck] != 1 || rooms.Summary.Stuck[reason] != 1 {
				h.Errorf("the view tells %+v", rooms)
			}
			return stuck[0]
		}
		wait(time.Second)
	}
	h.Fatalf("%s is not found stuck", id)
	return visual.RoomStatus{}
}

// calm fails if anything is stuck.
func (h *house) calm() {
	h.Helper()
	for _, r := range h.visual.StuckRooms() {
		h.Fatalf("%s is stuck: %+v", r.Room, *r.Stuck)
	}
}

func TestStuckWaitingForHuman(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, room.Config{}, visual.Config{Patience: time.Minute})
		places := h.table("r1", "patient", "ann", "bob")
		h.table("r2", "timed", "cid", "dan") // timers and a stand-in go on
		wait(2*time.Minute - time.Second)
		h.calm()
		if s := h.found("r1", visual.WaitingForHuman); s.Stuck.Player != "ann" {
			t.Errorf("waits for %q", s.Stuck.Player)
		}
		if a := h.say(places[0], "say"); a.Err != nil {
			t.Fatal(a.Err)
		}
		h.calm()
	})
}

// tasker asks bots by tasks, as a game's bots would be.
type tasker struct {
	tasks *task.Processor
	host  *room.Host
}

func (b *tasker) Observe(c *room.Commit) {
	for _, o := range c.Offers {
		if o.By == room.Bot {
			_ = b.tasks.Submit(context.Background(), task.Task{Type: "bot.move", Key: c.Room, Payload: o})
		}
	}
}

func TestStuckBotTaskDeadLettered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bots := new(tasker)
		h := open(t, room.Config{}, visual.Config{}, bots)
		store, err := deadletter.New(deadletter.Config[task.Work]{Observer: h.visual.DeadLetter})
		if err != nil {
			t.Fatal(err)
		}
		bots.host = h.Host
		if bots.tasks, err = task.New(task.Config{DeadLetters: store}); err != nil {
			t.Fatal(err)
		}
		var broken atomic.Bool
		err = task.Register(bots.tasks, "bot.move", func(ctx context.Context, o room.OpenOffer) error {
			if broken.Load() && o.Player == "bot-1" {
				return fmt.Errorf("%w: a move", errBroken)
			}
			return h.Submit(ctx, room.Command{Room: "r1", Type: "say", Seat: o.Seat, By: room.Bot, Turn: o.Turn}, nil)
		}, task.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- bots.tasks.Run(ctx) }()
		defer func() {
			cancel()
			<-ended
			_ = bots.tasks.Close(ctx)
		}()

		ann := h.table("r1", "timed", "ann")[0]
		for range 2 { // ann, the bot, ann
			if a := h.say(ann, "say"); a.Err != nil {
				t.Fatal(a.Err)
			}
			synctest.Wait()
			h.calm()
		}
		broken.Store(true)
		if a := h.say(ann, "say"); a.Err != nil {
			t.Fatal(a.Err)
		}
		if s := h.found("r1", visual.BotTaskDead); s.Stuck.Player != "bot-1" {
			t.Errorf("waits for %q", s.Stuck.Player)
		}
		// Asked again after the turn's time, the bot answers.
		broken.Store(false)
		wait(turnTime + time.Second)
		h.calm()
	})
}

var errBroken = errors.New("broken")

// lossy loses timers once it is told to.
type lossy struct {
	*queue.Memory[room.Command]
	loses atomic.Bool
}

func (q *lossy) Enqueue(ctx context.Context, m pitboss.Message[room.Command]) (pitboss.Receipt, error) {
	if m.Payload.Type == "timer" && q.loses.Load() {
		return pitboss.Receipt{}, nil
	}
	return q.Memory.Enqueue(ctx, m)
}

func commands(t *testing.T) *queue.Memory[room.Command] {
	t.Helper()
	q, err := queue.NewFIFO(queue.Config[room.Command]{OrderByKey: true})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestStuckTimerLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &lossy{Memory: commands(t)}
		h := open(t, room.Config{Queue: q}, visual.Config{})
		h.table("r2", "timed", "cid", "dan")
		q.loses.Store(true)
		h.table("r1", "timed", "ann", "bob")
		q.loses.Store(false)
		wait(turnTime - time.Second)
		h.calm()
		wait(time.Second)
		h.found("r1", visual.TimerLost)
	})
}

func TestStuckQueueBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		hang := func(next pitboss.Handler[room.Command]) pitboss.Handler[room.Command] {
			return func(ctx context.Context, d *pitboss.Delivery[room.Command]) error {
				if d.Payload.Type == "hang" {
					<-release
				}
				return next(ctx, d)
			}
		}
		h := open(t, room.Config{Workers: 4, Middleware: []pitboss.Middleware[room.Command]{hang}}, visual.Config{})
		h.table("r1", "timed", "ann", "bob")
		h.table("r2", "timed", "cid", "dan")
		for _, command := range []string{"hang", "say"} {
			if err := h.Submit(t.Context(), room.Command{Room: "r1", Type: command, Seat: 0, By: room.Human}, nil); err != nil {
				t.Fatal(err)
			}
		}
		h.found("r1", visual.QueueBlocked)
		close(release)
		wait(time.Second)
		h.calm()
	})
}

// owners is who runs which room.
type owners map[string]string

func (o owners) Owner(id string) (string, bool) { return o[id], o[id] != "node-7" }

func TestStuckOwnerGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := make(owners)
		h := open(t, room.Config{}, visual.Config{Owners: o})
		h.table("r1", "timed", "ann", "bob")
		h.table("r2", "timed", "cid", "dan")
		h.calm()
		o["r1"] = "node-7"
		h.found("r1", visual.OwnerGone)
		o["r1"] = "node-8"
		h.calm()
	})
}

// slow plays for people, each move after a while within the turn's time.
type slow struct {
	host  *room.Host
	moves sync.WaitGroup
}

func (p *slow) Observe(c *room.Commit) {
	for _, o := range c.Offers {
		p.moves.Go(func() {
			time.Sleep(time.Duration(rand.Int64N(int64(turnTime - time.Millisecond))))
			_ = p.host.Submit(context.Background(), room.Command{
				Room: c.Room, Type: "say", Seat: o.Seat, By: o.By, Turn: o.Turn,
			}, nil)
		})
	}
}

func TestSlowPeopleAreNotStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		people := new(slow)
		h := open(t, room.Config{MaxRooms: 2000}, visual.Config{}, people)
		people.host = h.Host
		const games = 1000
		for n := range games {
			h.table("r"+strconv.Itoa(n), "timed", "ann-"+strconv.Itoa(n), "bob-"+strconv.Itoa(n))
		}
		for range int(last*turnTime/(5*time.Second)) + 1 {
			wait(5 * time.Second)
			h.calm()
		}
		people.moves.Wait()
		synctest.Wait()
		rooms := h.visual.Rooms(visual.RoomFilter{})
		if rooms.Summary.Active != 0 || len(rooms.ByState) != 0 {
			t.Errorf("%+v, %v", rooms.Summary, rooms.ByState)
		}
		if done := h.visual.Activity(0).Summary.GamesCompleted; done != games {
			t.Errorf("%d games completed, want %d", done, games)
		}
	})
}

// A fault that is told outside journals, and one within: a bug, and bots that
// are late.
func TestFaultsOutsideJournals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, room.Config{}, visual.Config{})
		h.table("r1", "timed", "ann", "bob")
		for _, e := range []event.Event{
			{Type: event.ErrorOccurred, Room: "r1", Time: time.Now(), Data: event.Fault{Error: "internal", State: "LOW"}},
			{Type: event.ErrorOccurred, Room: "r1", RoomSeq: 9, Time: time.Now(), Data: event.Fault{Error: "late", State: "LOW"}},
			{Type: event.ErrorOccurred, Room: "nowhere", Time: time.Now(), Data: event.Fault{Error: "internal"}},
		} {
			if err := h.visual.Event(t.Context(), &e); err != nil {
				t.Fatal(err)
			}
		}
		if errs := h.visual.Errors(); errs.Total != 1 || len(errs.Cells) != 1 || errs.Cells[0].Error != "internal" {
			t.Errorf("%+v", errs)
		}
	})
}

// A room that waits for a bot has other work given up on, too. The bot's own
// task alone keeps it from moving.
func TestDeadLettersOfOtherTasksHoldNobodyUp(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }, BotTasks: []string{"bot.move"}})
	if err != nil {
		t.Fatal(err)
	}
	asks := at(now, "r1", opened)
	asks.Waiting = []room.OpenOffer{{Player: "bot-1", By: room.Bot, Opened: now, Deadline: now.Add(time.Minute)}}
	v.Observe(asks)
	for topic, stuck := range map[string]bool{"": false, "game.archive": false, "bot.move": true} {
		letter := deadletter.Entry{ID: "d" + topic, Queue: "tasks", Topic: topic, Key: "r1"}
		v.DeadLetter(t.Context(), deadletter.Change{Kind: deadletter.Put, Entry: letter})
		now = now.Add(10 * time.Second)
		if rooms := v.StuckRooms(); (len(rooms) > 0) != stuck || stuck && rooms[0].Stuck.Reason != visual.BotTaskDead {
			t.Errorf("%q given up on: %+v", topic, rooms)
		}
		v.DeadLetter(t.Context(), deadletter.Change{Kind: deadletter.PutBack, Entry: letter})
	}
}
