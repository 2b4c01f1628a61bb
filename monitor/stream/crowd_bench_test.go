package stream_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// BenchmarkCrowd is a second of 10,000 events for so many subscribers who all
// want them, a tenth of them stalled. A minute of it is -benchtime 60x. It fails
// if one who reads misses an event, or one who is stalled is not told exactly
// what it missed.
func BenchmarkCrowd(b *testing.B) {
	for name, n := range map[string]int{"subscribers=0": 0, "subscribers=1000": 1000} {
		b.Run(name, func(b *testing.B) { crowd(b, n, n/10) })
	}
}

func crowd(b *testing.B, everybody, stalled int) {
	b.Helper()
	s := running(b, stream.Config{})
	var (
		reading sync.WaitGroup
		end     atomic.Uint64 // whoever has read so far is through; zero: not known yet
		asleep  []*stream.Subscription
	)
	for i := range everybody {
		sub := subscribe(b, s, stream.Options{})
		if i < stalled {
			asleep = append(asleep, sub)
			continue
		}
		reading.Go(func() {
			for next := uint64(1); end.Load() == 0 || next <= end.Load(); {
				batch, err := sub.Next(b.Context())
				if err != nil || batch.Missed.Count > 0 || batch.Entries[0].Event().Seq != next {
					b.Errorf("missed %+v, want %d, %v", batch, next, err)
					return
				}
				next += uint64(len(batch.Entries))
			}
		})
	}
	took := second(b, s)
	total := uint64(len(took)) + 1
	end.Store(total)
	publish(s, event.Event{Type: event.TurnEnded}) // for those who have read all the others
	reading.Wait()
	for _, sub := range asleep {
		if batch, err := sub.Next(b.Context()); err != nil || batch.Missed.Count != total-min(total, 10_000) {
			b.Errorf("a stalled one is told that it missed %+v of %d, %v", batch.Missed, total, err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "p50-ns/publish")
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns/publish")
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
}

// second publishes 10,000 events a second, and returns what each took.
func second(b *testing.B, s *stream.Stream) (took []time.Duration) {
	b.Helper()
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for b.Loop() {
		for end := len(took) + 10_000; len(took) < end; {
			now := <-pace.C
			// A ticker that came late has let ticks go.
			due := min(end-len(took), max(10, int(b.Elapsed()/(100*time.Microsecond))-len(took)))
			for range due {
				events := []event.Event{{Type: event.TurnStarted, Time: now, Room: "room-17", Data: event.Seat{}}}
				begin := time.Now()
				s.Publish(events)
				took = append(took, time.Since(begin))
			}
		}
	}
	return took
}
