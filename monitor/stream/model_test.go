package stream_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// matches is what a filter means, without any haste.
func matches(f *stream.Filter, e *event.Event) bool {
	named := len(f.Types) == 0
	for _, t := range f.Types {
		subject, group := strings.CutSuffix(t, "*")
		named = named || t == string(e.Type) || group && strings.HasPrefix(string(e.Type), subject)
	}
	return named && stream.SeverityOf(e.Type) >= f.Severity &&
		(f.Room == "" || f.Room == e.Room) && (f.Game == "" || f.Game == e.Game) &&
		(f.Player == "" || f.Player == e.Player) && (f.Correlation == "" || f.Correlation == e.CorrelationID)
}

var (
	someNames = rapid.SampledFrom([]string{"", "", "a", "b"})
	someTypes = rapid.SampledFrom([]event.Type{event.GameStarted, event.GameEnded, event.TurnStarted, event.ErrorOccurred, event.ActionRejected, "chess.castled"})
	filters   = rapid.Custom(func(t *rapid.T) stream.Filter {
		return stream.Filter{
			Types: rapid.SliceOfN(rapid.SampledFrom([]string{"game.*", "game.ended", "error.occurred", "action.*", "turn.started"}), 0, 3).Draw(t, "types"),
			Room:  someNames.Draw(t, "room"), Game: someNames.Draw(t, "game"), Player: someNames.Draw(t, "player"),
			Correlation: someNames.Draw(t, "correlation"),
			Severity:    stream.Severity(rapid.IntRange(0, 2).Draw(t, "severity")),
		}
	})
	events = rapid.Custom(func(t *rapid.T) event.Event {
		return event.Event{
			Type: someTypes.Draw(t, "type"), Time: time.Now(),
			Room: someNames.Draw(t, "room"), Game: someNames.Draw(t, "game"), Player: someNames.Draw(t, "player"),
			CorrelationID: someNames.Draw(t, "correlation"),
		}
	})
)

// The history and every subscriber, of both kinds, with pauses and resumed
// anywhere, tell exactly what a slice with a filter tells.
func TestAgainstASliceOfEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.IntRange(1, 200).Draw(t, "history")
		s, err := stream.New(stream.Config{History: history, Gather: time.Microsecond, Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { _ = s.Run(ctx) })
		defer running.Wait()
		defer cancel()

		var everything []event.Event
		publish := func(most int) {
			batch := rapid.SliceOfN(events, 0, most).Draw(t, "batch")
			s.Publish(batch)
			everything = append(everything, batch...)
		}
		publish(300)
		checkHistory(t, s, everything, history)

		wanted := filters.Draw(t, "filter")
		since := uint64(rapid.IntRange(0, len(everything)).Draw(t, "since"))
		sub, err := s.Subscribe(stream.Options{Filter: wanted, Since: since})
		if err != nil {
			t.Fatal(err)
		}
		follower := tally{wanted: &wanted, seq: sub.Seq()}
		var mu sync.Mutex
		if _, err := s.Follow(stream.Options{Filter: wanted, Since: since}, func(b *stream.Batch) {
			mu.Lock()
			defer mu.Unlock()
			follower.add(b)
		}); err != nil {
			t.Fatal(err)
		}
		reader := tally{wanted: &wanted, seq: sub.Seq()}
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			publish(rapid.SampledFrom([]int{1, 20, 150}).Draw(t, "most"))
			if rapid.Bool().Draw(t, "reconnect") {
				sub.Close()
				if sub, err = s.Subscribe(stream.Options{Filter: wanted, Since: reader.seq}); err != nil {
					t.Fatal(err)
				}
			}
		}
		// What ends it is the next event that matches.
		last := event.Event{
			Type: event.ErrorOccurred, Time: time.Now(), Room: wanted.Room, Game: wanted.Game, Player: wanted.Player, CorrelationID: wanted.Correlation,
		}
		if !matches(&wanted, &last) {
			sub.Close()
			return
		}
		end := []event.Event{last}
		s.Publish(end)
		everything = append(everything, end...)
		for reader.seq < end[0].Seq {
			b, err := sub.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			reader.add(b)
		}
		sub.Close()
		mu.Lock()
		for follower.seq < end[0].Seq {
			mu.Unlock()
			mu.Lock()
		}
		mu.Unlock()
		reader.check(t, "reader", everything)
		follower.check(t, "follower", everything)
	})
}

// tally is what a subscriber was told.
type tally struct {
	wanted *stream.Filter
	seq    uint64 // of the last event or missed event
	faults []string
	missed []stream.Missed
	got    []uint64
}

func (y *tally) add(b *stream.Batch) {
	if m := b.Missed; m.Count > 0 {
		if m.Count != m.To-m.From+1 || m.From <= y.seq {
			y.faults = append(y.faults, fmt.Sprintf("%+v after %d", m, y.seq))
		}
		y.missed, y.seq = append(y.missed, m), m.To
	}
	for _, e := range b.Entries {
		if e.Event().Seq <= y.seq {
			y.faults = append(y.faults, fmt.Sprintf("%d after %d", e.Event().Seq, y.seq))
		}
		y.seq = e.Event().Seq
		y.got = append(y.got, y.seq)
	}
}

// check holds what was told against everything: each event that matches was
// either told or in a run of missed ones.
func (y *tally) check(t *rapid.T, who string, everything []event.Event) {
	for _, fault := range y.faults {
		t.Errorf("%s: %s", who, fault)
	}
	began := uint64(1)
	if len(y.got) > 0 {
		began = y.got[0]
	}
	if len(y.missed) > 0 {
		began = min(began, y.missed[0].From)
	}
	var want []uint64
	for i := range everything {
		e := &everything[i]
		gone := slices.ContainsFunc(y.missed, func(m stream.Missed) bool { return m.From <= e.Seq && e.Seq <= m.To })
		if e.Seq >= began && !gone && matches(y.wanted, e) {
			want = append(want, e.Seq)
		}
	}
	if !slices.Equal(y.got, want) {
		t.Errorf("%s: %+v: got %v, missed %v, want %v", who, *y.wanted, y.got, y.missed, want)
	}
}

func checkHistory(t *rapid.T, s *stream.Stream, everything []event.Event, history int) {
	wanted := filters.Draw(t, "filter of the history")
	since, most := rapid.IntRange(0, len(everything)).Draw(t, "page since"), rapid.IntRange(1, 50).Draw(t, "page length")
	oldest := max(0, len(everything)-history) // its index
	var held, after []uint64
	for i := oldest; i < len(everything); i++ {
		if e := &everything[i]; matches(&wanted, e) {
			held = append(held, e.Seq)
			if i >= since {
				after = append(after, e.Seq)
			}
		}
	}
	latest, err := s.Latest(wanted, most)
	if err != nil {
		t.Fatal(err)
	}
	if want := held[max(0, len(held)-most):]; !slices.Equal(numbers(latest.Entries), want) || latest.Next != uint64(len(everything)) {
		t.Errorf("latest %v next %d, want %v", numbers(latest.Entries), latest.Next, want)
	}
	var got []uint64
	missed := uint64(0)
	for next := uint64(since); ; {
		page, err := s.After(wanted, next, most)
		if err != nil {
			t.Fatal(err)
		}
		got, missed = append(got, numbers(page.Entries)...), missed+page.Missed.Count
		if next = page.Next; len(page.Entries) < most {
			break
		}
	}
	wantMissed := uint64(0)
	if since > 0 && since < oldest {
		wantMissed = uint64(oldest - since)
	}
	if !slices.Equal(got, after) || missed != wantMissed {
		t.Errorf("since %d: %v missed %d, want %v missed %d", since, got, missed, after, wantMissed)
	}
}

func numbers(entries []*stream.Entry) (list []uint64) {
	for _, e := range entries {
		list = append(list, e.Event().Seq)
	}
	return list
}
