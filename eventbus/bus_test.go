package eventbus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/eventbus"
	"github.com/pitboss-dev/pitboss/handler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newBus(t *testing.T, c eventbus.Config) *eventbus.Bus {
	t.Helper()
	b, err := eventbus.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// start runs the bus until the returned function is called.
func start(t *testing.T, b *eventbus.Bus) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func published(b *eventbus.Bus, room string, types ...event.Type) {
	events := make([]event.Event, len(types))
	for i, typ := range types {
		events[i] = event.Event{RoomSeq: uint64(i + 1), Type: typ, Room: room, Secret: "hand"}
	}
	b.Publish(events)
}

func TestSubscribeByPattern(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string][]event.Type{
		"+/game/ended": {event.GameEnded},
		"+/game/+":     {event.GameStarted, event.GameEnded},
		"a/#":          {event.GameStarted, event.PiecePlayed, event.GameEnded},
		"b/#":          nil,
		"#":            {event.GameStarted, event.PiecePlayed, event.GameEnded},
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBus(t, eventbus.Config{Workers: 1})
				var got []event.Type
				_, err := b.Subscribe("test", pattern, func(_ context.Context, e *event.Event) error {
					if e.Secret != nil || e.Seq == 0 {
						t.Errorf("%s: secret %v, seq %d", e.ID(), e.Secret, e.Seq)
					}
					got = append(got, e.Type)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				stop := start(t, b)
				published(b, "a", event.GameStarted, event.PiecePlayed, event.GameEnded)
				synctest.Wait()
				stop()
				if !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		})
	}
}

// What waits is handled by urgency; one room's events stay in order.
func TestUrgentRoomsFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(t, eventbus.Config{Workers: 1})
		var got []string
		_, err := b.Subscribe("test", "#", func(_ context.Context, e *event.Event) error {
			got = append(got, e.Room+" "+string(e.Type))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		published(b, "a", event.PiecePlayed)
		published(b, "b", event.GameEnded)
		published(b, "c", event.TurnStarted, event.ErrorOccurred)
		stop := start(t, b)
		synctest.Wait()
		stop()
		want := []string{"c turn.started", "c error.occurred", "b game.ended", "a piece.played"}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// A subscriber that fails, now and then or always, gets its events again and in
// order, and disturbs no other.
func TestFailingSubscriber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var dead deadLetters
		b := newBus(t, eventbus.Config{DeadLetters: &dead, Workers: 4, Retry: handler.Backoff{Attempts: 3}})
		random := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		seen := make(map[string][]uint64)
		note := func(name string, fails func(e *event.Event) bool) {
			_, err := b.Subscribe(name, "#", func(_ context.Context, e *event.Event) error {
				mu.Lock()
				defer mu.Unlock()
				if fails(e) {
					return errors.New("not now")
				}
				seen[name+" "+e.Room] = append(seen[name+" "+e.Room], e.RoomSeq)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		failed := map[string]int{} // by event; three times would be for good
		note("good", func(*event.Event) bool { return false })
		note("flaky", func(e *event.Event) bool {
			if failed[e.ID()] == 2 || random.IntN(20) > 0 {
				return false
			}
			failed[e.ID()]++
			return true
		})
		note("broken", func(*event.Event) bool { return true })
		stop := start(t, b)
		for room := range 5 {
			published(b, fmt.Sprint("r", room), slices.Repeat([]event.Type{event.PiecePlayed}, 50)...)
		}
		<-time.After(time.Hour) // of the bubble: every retry was made
		stop()
		for _, name := range []string{"good", "flaky"} {
			for room := range 5 {
				got := seen[fmt.Sprint(name, " r", room)]
				if len(got) != 50 || !slices.IsSorted(got) {
					t.Errorf("%s, room %d: %v", name, room, got)
				}
			}
		}
		if len(dead.letters) != 250 {
			t.Errorf("%d dead letters, want 250", len(dead.letters))
		}
	})
}

type refusing struct{}

func (refusing) Put(context.Context, pitboss.DeadLetter[eventbus.Notice]) error {
	return errors.New("store is full")
}

// Dead letters that refuse an event are told of in the log, because the event
// comes again and again.
func TestRefusedDeadLetterIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		b := newBus(t, eventbus.Config{
			DeadLetters: refusing{}, Workers: 1, Retry: handler.Backoff{Attempts: 1},
			Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		_, err := b.Subscribe("broken", "#", func(context.Context, *event.Event) error { return errors.New("no") })
		if err != nil {
			t.Fatal(err)
		}
		stop := start(t, b)
		published(b, "r", event.PiecePlayed)
		<-time.After(time.Minute)
		stop()
		if !strings.Contains(log.String(), "store is full") {
			t.Errorf("logged %q", log.String())
		}
	})
}

// A full bus drops the least urgent and tells the dead letters; nothing blocks.
func TestOverflow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var dead deadLetters
		b := newBus(t, eventbus.Config{DeadLetters: &dead, Capacity: 10})
		if _, err := b.Subscribe("test", "#", func(context.Context, *event.Event) error { return nil }); err != nil {
			t.Fatal(err)
		}
		published(b, "a", event.ErrorOccurred)
		for n := range 14 {
			published(b, fmt.Sprint("r", n), event.PiecePlayed)
		}
		start(t, b)()
		if len(dead.letters) != 5 {
			t.Errorf("%d dropped, want 5", len(dead.letters))
		}
		for _, l := range dead.letters {
			if l.Reason != pitboss.ReasonOverflow || l.Message.Payload.Event.Type != event.PiecePlayed || l.Queue != "events" {
				t.Errorf("dropped %v of %s for %s", l.Message.Payload.Event.Type, l.Queue, l.Reason)
			}
		}
	})
}

// slowLetters take their time, and as long as there is.
type slowLetters struct {
	deadLetters
	takes time.Duration
}

func (d *slowLetters) Put(ctx context.Context, l pitboss.DeadLetter[eventbus.Notice]) error {
	select {
	case <-time.After(d.takes):
		return d.deadLetters.Put(ctx, l)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Dead letters that are slow, or answer nothing, keep no publisher waiting, and the
// end of Run no longer than it may; what they do not take is told of.
func TestSlowDeadLetters(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		takes time.Duration
		kept  int
		ends  time.Duration
	}{
		"slow":   {10 * time.Millisecond, 500, 5 * time.Second},
		"silent": {time.Hour, 0, 10 * time.Second}, // the grace
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				dead := &slowLetters{takes: tt.takes}
				b := newBus(t, eventbus.Config{DeadLetters: dead, Capacity: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
				if _, err := b.Subscribe("test", "#", func(context.Context, *event.Event) error { return nil }); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				published(b, "a", slices.Repeat([]event.Type{event.PiecePlayed}, 501)...)
				if took := time.Since(begin); took != 0 {
					t.Errorf("publishing took %v", took)
				}
				start(t, b)()
				if took := time.Since(begin); took > tt.ends {
					t.Errorf("the end took %v", took)
				}
				lost := strings.Count(log.String(), "dropped event not kept")
				if len(dead.letters) != tt.kept || lost != 500-tt.kept {
					t.Errorf("%d kept, %d told of as lost", len(dead.letters), lost)
				}
			})
		})
	}
}

// More drops at a time than can wait are told of.
func TestTooManyDrops(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	b := newBus(t, eventbus.Config{DeadLetters: &deadLetters{}, Capacity: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if _, err := b.Subscribe("test", "#", func(context.Context, *event.Event) error { return nil }); err != nil {
		t.Fatal(err)
	}
	published(b, "a", slices.Repeat([]event.Type{event.PiecePlayed}, 1100)...)
	if lost := strings.Count(log.String(), "dropped event not kept"); lost != 1099-1024 {
		t.Errorf("%d told of as lost", lost)
	}
}

func TestEndedSubscriptionIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(t, eventbus.Config{})
		s, err := b.Subscribe("test", "#", func(context.Context, *event.Event) error {
			t.Error("called")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		published(b, "a", event.GameEnded)
		s.End()
		s.End()
		published(b, "a", event.GameEnded)
		stop := start(t, b)
		synctest.Wait()
		stop()
	})
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	_, err := eventbus.New(eventbus.Config{Capacity: -1, Workers: -1, Grace: -1, Retry: handler.Backoff{Factor: 0.1}})
	for _, field := range []string{"capacity", "workers", "grace", "retry.factor"} {
		if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), field+": ") {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	if _, err := eventbus.New(eventbus.Config{Capacity: -1}); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("capacity -1: %v", err)
	}
	b := newBus(t, eventbus.Config{})
	if _, err := b.Subscribe("test", "#/x", func(context.Context, *event.Event) error { return nil }); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("pattern #/x: %v", err)
	}
	if _, err := b.Subscribe("test", "#", nil); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("no handler: %v", err)
	}
}

type deadLetters struct {
	mu      sync.Mutex
	letters []pitboss.DeadLetter[eventbus.Notice]
}

func (d *deadLetters) Put(_ context.Context, l pitboss.DeadLetter[eventbus.Notice]) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letters = append(d.letters, l)
	return nil
}
