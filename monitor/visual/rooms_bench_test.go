package visual_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/visual"
)

// BenchmarkWorstRooms lists the worst 200 of 10,000 rooms: sorted here, or by
// whoever reads all of them, a page at a time.
func BenchmarkWorstRooms(b *testing.B) {
	now := time.Unix(1_800_000_000, 0)
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	for n := range 10_000 {
		v.Observe(at(now, "room-"+strconv.Itoa(n), opened))
	}
	b.Run("sorted", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Rooms(visual.RoomFilter{Worst: true, Limit: 200})
		}
	})
	b.Run("pages", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for filter := (visual.RoomFilter{Limit: 500}); ; {
				if filter.After = v.Rooms(filter).Next; filter.After == "" {
					break
				}
			}
		}
	})
}
