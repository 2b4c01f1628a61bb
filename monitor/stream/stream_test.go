package stream_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

func TestHistoryThenLive(t *testing.T) {
	t.Parallel()
	s := running(t, stream.Config{})
	publish(s, event.Event{Type: event.RoomCreated, Room: "a"}, event.Event{Type: event.GameStarted, Room: "a"})
	after := subscribe(t, s, stream.Options{Since: stream.Now})
	resumed := subscribe(t, s, stream.Options{Since: 1})
	publish(s, event.Event{Type: event.GameEnded, Room: "a"})
	for _, c := range []struct {
		sub  *stream.Subscription
		want []uint64
	}{
		{subscribe(t, s, stream.Options{}), []uint64{1, 2, 3}}, {resumed, []uint64{2, 3}}, {after, []uint64{3}},
		{subscribe(t, s, stream.Options{Since: 2}), []uint64{3}},
	} {
		if got := seqs(t, c.sub, len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
		if c.sub.Seq() != 3 {
			t.Errorf("read up to %d", c.sub.Seq())
		}
	}
}

// The publisher's events get their numbers and keep their secrets, which nobody
// is shown.
func TestPublishedEventsAreShownWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	s := running(t, stream.Config{After: 41})
	publish(s, event.Event{Type: event.PiecePlayed, Room: "a"})
	events := []event.Event{{Type: event.PiecePlayed, Room: "a", Secret: "GENERAL_RED"}}
	s.Publish(events)
	if events[0].Seq != 43 || events[0].Secret == nil {
		t.Errorf("the publisher's event became %+v", events[0])
	}
	page, err := s.Latest(stream.Filter{}, 10)
	if err != nil || len(page.Entries) != 2 || page.Next != 43 {
		t.Fatalf("%+v, %v", page, err)
	}
	for i, e := range page.Entries {
		if got := e.Event(); got.Seq != uint64(42+i) || got.Room != "a" || got.Secret != nil || strings.Contains(string(e.JSON()), "GENERAL") {
			t.Errorf("%+v, %s", got, e.JSON())
		}
		if first, again := e.JSON(), e.JSON(); &first[0] != &again[0] {
			t.Error("an event is encoded twice")
		}
	}
}

func TestDataThatCannotBeEncodedIsLeftOut(t *testing.T) {
	t.Parallel()
	s := running(t, stream.Config{})
	publish(s, event.Event{Type: event.PiecePlayed, Room: "a", Data: func() {}},
		event.Event{Type: event.PiecePlayed, Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)})
	page, _ := s.Latest(stream.Filter{}, 2)
	for i, e := range page.Entries {
		var got struct{ Seq int }
		if err := json.Unmarshal(e.JSON(), &got); err != nil || got.Seq != i+1 {
			t.Errorf("%s: %v", e.JSON(), err)
		}
	}
}

func TestFilterFaultsNameTheParameter(t *testing.T) {
	t.Parallel()
	s := running(t, stream.Config{Types: []event.Type{"chess.castled"}})
	for _, c := range []struct {
		o      stream.Options
		fields []string
	}{
		{stream.Options{Filter: stream.Filter{Types: []string{"game.*", "chess.castled", "chess.*"}}}, nil},
		{stream.Options{Filter: stream.Filter{Types: []string{"game.begun"}}}, []string{"type"}},
		{stream.Options{Filter: stream.Filter{Types: []string{"", "*", "ga*", "nope.*"}, Severity: 9}}, []string{"type", "type", "type", "type", "severity"}},
		{stream.Options{Since: 7}, []string{"since"}},
	} {
		sub, err := s.Subscribe(c.o)
		if len(c.fields) == 0 {
			if err != nil {
				t.Errorf("%+v: %v", c.o, err)
				continue
			}
			sub.Close()
			continue
		}
		if !errors.Is(err, pitboss.ErrInvalid) {
			t.Fatalf("%+v: %v", c.o, err)
		}
		for _, field := range c.fields {
			if !strings.Contains(err.Error(), field) {
				t.Errorf("%+v: %v does not name %s", c.o, err, field)
			}
		}
		if fault := s.Validate(c.o.Filter); (fault == nil) != slices.Contains(c.fields, "since") {
			t.Errorf("%+v: %v", c.o.Filter, fault)
		}
		if _, err := s.Follow(c.o, func(*stream.Batch) {}); err == nil {
			t.Errorf("%+v may be followed", c.o)
		}
	}
	if _, err := s.Follow(stream.Options{}, nil); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("no handler: %v", err)
	}
}

func TestConfigFaultsAreJoined(t *testing.T) {
	t.Parallel()
	_, err := stream.New(stream.Config{
		History: -1, MaxAge: -1, Gather: -1, Workers: -1,
		Types: append(make([]event.Type, 40), "plain", "game.started", "a.b", "a.b"),
	})
	for _, field := range []string{"history", "max_age", "gather", "workers", "types"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	// What no machine can hold is refused before memory is asked for.
	_, err = stream.New(stream.Config{History: math.MaxInt, Workers: math.MaxInt})
	for _, field := range []string{"history", "workers"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}

func TestUnknownWayOfFallingBehindIsRefused(t *testing.T) {
	t.Parallel()
	s := running(t, stream.Config{})
	if _, err := s.Subscribe(stream.Options{Behind: 9}); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("subscribe: %v", err)
	}
	if _, err := s.Follow(stream.Options{Behind: 9}, func(*stream.Batch) {}); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("follow: %v", err)
	}
}

func TestOneThatFallsBehindIsToldExactly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := running(t, stream.Config{History: 100})
		slow := subscribe(t, s, stream.Options{})
		cut := subscribe(t, s, stream.Options{Behind: stream.Disconnect})
		cutFollower := make(chan stream.Missed, 1)
		if _, err := s.Follow(stream.Options{Filter: stream.Filter{Room: "elsewhere"}, Behind: stream.Disconnect}, func(b *stream.Batch) {
			cutFollower <- b.Missed
		}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it waits for its room
		publish(s, event.Event{Type: event.TurnStarted})
		seqs(t, slow, 1)
		seqs(t, cut, 1)
		for range 345 {
			publish(s, event.Event{Type: event.TurnStarted})
		}
		want := stream.Missed{Count: 245, From: 2, To: 246}
		b, err := slow.Next(t.Context())
		if err != nil || b.Missed != want || len(b.Entries) == 0 || b.Entries[0].Event().Seq != 247 {
			t.Errorf("%+v, %v", b, err)
		}
		_, err = cut.Next(t.Context())
		if missed, ok := errors.AsType[*stream.MissedError](err); !ok || missed.Missed != want {
			t.Errorf("%v", err)
		}
		if _, again := cut.Next(t.Context()); !errors.Is(again, err) {
			t.Errorf("then %v", again)
		}
		if stats := s.Stats(); stats.Missed != 2*245 || stats.First != 247 || stats.Last != 346 {
			t.Errorf("%+v", stats)
		}
		// Whoever waits for another room has missed nothing, however much goes by.
		publish(s, event.Event{Type: event.TurnStarted, Room: "elsewhere"})
		if missed := <-cutFollower; missed.Count > 0 {
			t.Errorf("a follower of another room missed %+v", missed)
		}
	})
}

func TestEndings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := stream.New(stream.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()

		closed, patient := subscribe(t, s, stream.Options{}), subscribe(t, s, stream.Options{})
		got := make(chan error, 3)
		for _, sub := range []*stream.Subscription{closed, patient} {
			go func() {
				_, err := sub.Next(context.Background())
				got <- err
			}()
		}
		synctest.Wait()
		closed.Close()
		closed.Close()
		if err := <-got; !errors.Is(err, pitboss.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		impatient, stop := context.WithCancelCause(t.Context())
		stop(errors.New("enough"))
		if _, err := subscribe(t, s, stream.Options{}).Next(impatient); err == nil || err.Error() != "enough" {
			t.Errorf("stopped: %v", err)
		}
		if s.Run(t.Context()) == nil {
			t.Error("it runs twice")
		}
		cancel()
		if err := <-got; !errors.Is(err, pitboss.ErrClosed) {
			t.Errorf("stream ended: %v", err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, err := s.Follow(stream.Options{}, func(*stream.Batch) {}); !errors.Is(err, pitboss.ErrClosed) {
			t.Errorf("an ended stream is followed: %v", err)
		}
		publish(s, event.Event{Type: event.TurnStarted})
		if page, err := s.After(stream.Filter{}, 0, 10); err != nil || len(page.Entries) != 1 {
			t.Errorf("the history of an ended stream: %+v, %v", page, err)
		}
	})
}

func TestHistoryAges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := running(t, stream.Config{MaxAge: time.Minute})
		for range 100 {
			publish(s, event.Event{Type: event.TurnStarted})
		}
		time.Sleep(59 * time.Second)
		publish(s, event.Event{Type: event.TurnEnded})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if stats := s.Stats(); stats.First != 101 || stats.Last != 101 {
			t.Errorf("%+v", stats)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if stats := s.Stats(); stats.First != 102 {
			t.Errorf("%+v", stats)
		}
		page, err := s.After(stream.Filter{}, 7, 10)
		if want := (stream.Missed{Count: 94, From: 8, To: 101}); err != nil || page.Missed != want || page.Next != 101 {
			t.Errorf("%+v, %v", page, err)
		}
		publish(s, event.Event{Type: event.TurnEnded})
		if got := seqs(t, subscribe(t, s, stream.Options{}), 1); got[0] != 102 {
			t.Errorf("%v", got)
		}
	})
}

// An event without a time is as old as it has been there.
func TestEventsWithoutATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := running(t, stream.Config{MaxAge: time.Minute})
		s.Publish([]event.Event{{Type: event.TurnStarted}})
		time.Sleep(59 * time.Second)
		page, err := s.Latest(stream.Filter{}, 1)
		if err != nil || len(page.Entries) != 1 || time.Since(page.Entries[0].Event().Time) != 59*time.Second {
			t.Fatalf("%+v, %v", page, err)
		}
		time.Sleep(2 * time.Second)
		if page, err = s.Latest(stream.Filter{}, 1); err != nil || len(page.Entries) != 0 {
			t.Errorf("%+v, %v", page, err)
		}
	})
}

// Followers end with the stream, whatever they are at.
func TestFollowersEndWithTheStream(t *testing.T) {
	t.Parallel()
	s, err := stream.New(stream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	publish(s, event.Event{Type: event.TurnStarted})
	called := make(chan struct{})
	for i, o := range []stream.Options{{}, {Since: stream.Now}, {Filter: stream.Filter{Room: "r"}}} {
		if _, err := s.Follow(o, func(*stream.Batch) {
			if i == 0 {
				close(called)
				<-ctx.Done()
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	<-called
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().Subscribers; n != 0 || s.Wanted(event.BroadcastSent) {
		t.Errorf("%d subscribers are left", n)
	}
}

func TestFollowersThatPanicOrEnd(t *testing.T) {
	t.Parallel()
	s := running(t, stream.Config{Log: discard})
	called := make(chan uint64, 16)
	var calls int
	if _, err := s.Follow(stream.Options{}, func(*stream.Batch) { calls++; panic("no") }); err != nil {
		t.Fatal(err)
	}
	ends, err := s.Follow(stream.Options{}, func(b *stream.Batch) { called <- b.Entries[0].Event().Seq })
	if err != nil {
		t.Fatal(err)
	}
	done := subscribe(t, s, stream.Options{})
	publish(s, event.Event{Type: event.TurnStarted})
	if seq := <-called; seq != 1 {
		t.Errorf("%d", seq)
	}
	ends.End()
	ends.End()
	if _, err := s.Follow(stream.Options{Since: 1}, func(b *stream.Batch) { called <- b.Entries[0].Event().Seq }); err != nil {
		t.Fatal(err)
	}
	publish(s, event.Event{Type: event.TurnStarted})
	seqs(t, done, 2)
	if seq := <-called; seq != 2 || calls != 1 {
		t.Errorf("%d, %d calls", seq, calls)
	}
	if n := s.Stats().Subscribers; n != 2 {
		t.Errorf("%d subscribers, want 2", n)
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	s := running(t, stream.Config{})
	for _, c := range []struct {
		filter stream.Filter
		want   bool
	}{
		{stream.Filter{}, false},
		{stream.Filter{Severity: stream.Error}, false},
		{stream.Filter{Types: []string{"game.*"}}, false},
		{stream.Filter{Types: []string{"broadcast.*"}}, true},
		{stream.Filter{Types: []string{"game.*"}, Room: "a"}, false},
		{stream.Filter{Room: "a"}, true},
		{stream.Filter{Correlation: "c"}, true},
	} {
		sub := subscribe(t, s, stream.Options{Filter: c.filter})
		if got := s.Wanted(event.BroadcastSent); got != c.want {
			t.Errorf("%+v: %v", c.filter, got)
		}
		sub.Close()
	}
	if s.Wanted(event.BroadcastSent) {
		t.Error("nobody looks any more")
	}
}
