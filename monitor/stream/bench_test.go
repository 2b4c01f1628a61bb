package stream_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// BenchmarkPublish is one event with so many subscribers who are stalled, or
// wait for other rooms, or are called with it.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{0, 10, 10_000} {
		for _, kind := range []string{"stalled", "elsewhere", "called"} {
			if n == 0 && kind != "stalled" {
				continue
			}
			b.Run(fmt.Sprintf("subscribers=%d/%s", n, kind), func(b *testing.B) {
				b.ReportAllocs()
				s := running(b, stream.Config{})
				var called atomic.Int64
				for i := range n {
					switch kind {
					case "stalled":
						subscribe(b, s, stream.Options{})
					case "elsewhere":
						follow(b, s, stream.Options{Filter: stream.Filter{Room: fmt.Sprint("elsewhere-", i)}}, &called)
					case "called":
						follow(b, s, stream.Options{}, &called)
					}
				}
				now := time.Now()
				for b.Loop() {
					s.Publish([]event.Event{{Type: event.PiecePlayed, Time: now, Room: "room-17", Player: "player-3", Data: event.Seat{}}})
				}
			})
		}
	}
}

func follow(b *testing.B, s *stream.Stream, o stream.Options, called *atomic.Int64) {
	b.Helper()
	f, err := s.Follow(o, func(batch *stream.Batch) { called.Add(int64(len(batch.Entries))) })
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(f.End)
}
