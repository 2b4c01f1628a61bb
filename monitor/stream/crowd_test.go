package stream_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// 1,000 follow everything and 100 of them do not read meanwhile: the others miss
// nothing, and the stalled are told exactly what they missed.
func TestStalledHoldNobodyUp(t *testing.T) {
	t.Parallel()
	const (
		everybody, stalled = 1000, 100
		bursts, each       = 30, 100
		total              = bursts * each
		history            = 1000
	)
	s := running(t, stream.Config{History: history})
	var subs [everybody]*stream.Subscription
	for i := range subs {
		subs[i] = subscribe(t, s, stream.Options{})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	read := func(sub *stream.Subscription, upTo uint64) (got, missed uint64, err error) {
		next := sub.Seq() + 1
		for next <= upTo {
			b, err := sub.Next(ctx)
			if err != nil {
				return got, missed, err
			}
			if b.Missed.Count > 0 {
				if b.Missed.From != next {
					return got, missed, fmt.Errorf("missed %+v, want from %d", b.Missed, next)
				}
				missed, next = missed+b.Missed.Count, b.Missed.To+1
			}
			for _, e := range b.Entries {
				if e.Event().Seq != next {
					return got, missed, fmt.Errorf("event %d, want %d", e.Event().Seq, next)
				}
				got, next = got+1, next+1
			}
		}
		return got, missed, nil
	}
	for burst := range bursts {
		for range each {
			publish(s, event.Event{Type: event.TurnStarted, Room: "r"})
		}
		var reading sync.WaitGroup
		for _, sub := range subs[stalled:] {
			reading.Go(func() {
				if got, missed, err := read(sub, uint64(burst+1)*each); err != nil || got != each || missed != 0 {
					t.Errorf("got %d and missed %d of %d, %v", got, missed, each, err)
				}
			})
		}
		reading.Wait() // publishing is quicker than a thousand can read here
	}
	for _, sub := range subs[:stalled] {
		if got, missed, err := read(sub, total); err != nil || missed != total-history || got != history {
			t.Errorf("a stalled one got %d and missed %d, %v", got, missed, err)
		}
	}
	if missed := s.Stats().Missed; missed != stalled*(total-history) {
		t.Errorf("%d missed are counted", missed)
	}
}
