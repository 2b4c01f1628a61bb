package room_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/room"
)

// standIn takes one stick for every seat that a bot is to play.
type standIn struct {
	host  *room.Host
	asked []time.Time
	mute  bool
}

func (b *standIn) Observe(c *room.Commit) {
	for _, o := range c.Offers {
		if o.By != room.Bot {
			continue
		}
		b.asked = append(b.asked, c.Time)
		if !b.mute {
			_ = b.host.Submit(context.Background(), room.Command{
				Room: c.Room, Type: "take", Seat: o.Seat, By: room.Bot, Turn: o.Turn, Data: 1,
			}, nil)
		}
	}
}

// timed is a house in a bubble where every turn has 30 s.
func timed(t *testing.T, c room.Config, mute bool) (*house, *standIn, func()) {
	t.Helper()
	bot := &standIn{mute: mute}
	c.Games, c.Observers = []room.Rules{newNim(30 * time.Second)}, []room.Observer{bot}
	h, stop := open(t, c)
	bot.host = h.Host
	return h, bot, stop
}

func (h *house) outcome(id string) event.Outcome {
	if result := h.info(id).Result; result != nil {
		return result.Outcome
	}
	return ""
}

// wait lets time pass and everything that falls due be done.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestBotStandsInForTheAbsentUntilTheyReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, stop := timed(t, room.Config{}, false)
		defer stop()
		ann, bob := h.started("r")
		wait(29 * time.Second)
		if h.info("r").Seats[0].Away || h.sticks("r") != 7 {
			t.Fatal("ann's time was cut short")
		}
		wait(2 * time.Second)
		if !h.info("r").Seats[0].Away || h.sticks("r") != 6 {
			t.Fatal("nobody stood in for ann")
		}
		h.must(bob, "take", "1")
		synctest.Wait()
		if sticks := h.sticks("r"); sticks != 4 {
			t.Fatalf("%d sticks: the bot waited again", sticks)
		}
		back := h.enter("r", "ann", ann.Session)
		h.must(bob, "take", "1")
		wait(time.Second)
		if h.info("r").Seats[0].Away || h.sticks("r") != 3 {
			t.Fatal("the bot did not hand back")
		}
		h.must(back, "take", "3")
	})
}

func TestWhoMovesIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, stop := timed(t, room.Config{}, true)
		defer stop()
		ann, _ := h.started("r")
		wait(31 * time.Second)
		if !h.info("r").Seats[0].Away {
			t.Fatal("ann is not away")
		}
		h.must(ann, "take", "1")
		if h.info("r").Seats[0].Away {
			t.Error("ann moved and is still away")
		}
	})
}

func TestBotThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, bot, stop := timed(t, room.Config{}, true)
		defer stop()
		h.create("r", 2)
		wait(95 * time.Second)
		if len(bot.asked) != 4 {
			t.Fatalf("asked at %v, want once every 30 s", bot.asked)
		}
		for i := 1; i < len(bot.asked); i++ {
			if gap := bot.asked[i].Sub(bot.asked[i-1]); gap < 30*time.Second {
				t.Errorf("asked again after %v", gap)
			}
		}
	})
}

func TestRoomThatEverybodyLeftIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, stop := timed(t, room.Config{AbandonAfter: 10 * time.Second}, false)
		defer stop()
		ann, bob := h.started("r")
		h.must(ann, room.Leave, "")
		if err := h.Lose(t.Context(), bob); err != nil {
			t.Fatal(err)
		}
		wait(9 * time.Second)
		if h.info("r").Closed {
			t.Fatal("closed too early")
		}
		h.enter("r", "bob", bob.Session)
		wait(20 * time.Second)
		if h.info("r").Closed {
			t.Fatal("closed though bob is back")
		}
	})
}

func TestAbandonedGameSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, stop := timed(t, room.Config{AbandonAfter: 10 * time.Second}, false)
		defer stop()
		ann, bob := h.started("r")
		for _, p := range []room.Place{ann, bob} {
			if err := h.Lose(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		wait(11 * time.Second)
		if !h.info("r").Closed || h.outcome("r") != event.Abandoned {
			t.Errorf("closed %v with outcome %q", h.info("r").Closed, h.outcome("r"))
		}
	})
}

func TestIdleRoomIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, stop := timed(t, room.Config{IdleLimit: time.Minute}, false)
		defer stop()
		h.create("r", 0)
		h.enter("r", "ann", "")
		wait(59 * time.Second)
		if h.info("r").Closed {
			t.Fatal("closed too early")
		}
		wait(2 * time.Second)
		if !h.info("r").Closed {
			t.Error("a room where nothing happens stays open")
		}
		if h.outcome("r") != "" {
			t.Error("a game that never started has a result")
		}
	})
}

func TestFollowerWaitsAndIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, stop := timed(t, room.Config{}, false)
		defer stop()
		ann, _ := h.started("r")
		f, err := h.Follow(t.Context(), "r", room.NoSeat, h.info("r").Seq)
		if err != nil {
			t.Fatal(err)
		}
		updates := make(chan room.Update)
		go func() {
			u, _ := f.Next(t.Context())
			updates <- u
		}()
		synctest.Wait()
		h.must(ann, "take", "2")
		if u := <-updates; len(u.Events) != 2 || u.Events[1].Type != tookSticks {
			t.Errorf("woken with %+v", u)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := f.Next(short); err == nil {
			t.Error("a wait outlived its context")
		}
	})
}
