package route

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// While subscribers come and go in a storm, readers always find the
// subscriptions that stay, and never one that does not match.
func TestReadersInAStorm(t *testing.T) {
	t.Parallel()
	x := newTestIndex(t, TopicConfig{})
	const rooms, rounds = 32, 40
	var steady []int // what matches room.N.moves throughout
	for i, p := range []string{"#", "room.#", "room.+.moves", "+.+.moves"} {
		subscribe(t, x, p, -i-1)
		steady = append(steady, -i-1)
	}
	slices.Sort(steady)
	var handles [rooms]*Topic[int]
	for room := range rooms {
		subscribe(t, x, fmt.Sprintf("room.%d.moves", room), -100-room)
		h, err := x.Topic(fmt.Sprintf("room.%d.moves", room))
		if err != nil {
			t.Fatal(err)
		}
		handles[room] = h
	}

	var over atomic.Bool
	var writers, readers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for round := range rounds {
				var subs []Subscription
				for room := range 4 * rooms {
					for _, p := range []string{"room.%d.moves", "room.%d.#", "+.%d.moves", "room.%d.chat"} {
						s, err := x.Subscribe(fmt.Sprintf(p, room), 1_000*(round+1)+room)
						if err != nil {
							t.Error(err)
						}
						subs = append(subs, s)
					}
				}
				// What this writer has subscribed, it finds.
				room := (round + w) % rooms
				own := 1_000*(round+1) + room
				if got := x.Match(fmt.Sprintf("room.%d.moves", room), nil); !slices.Contains(got, own) {
					t.Errorf("own subscription %d not in %v", own, got)
				}
				if got := handles[room].Match(); !slices.Contains(got, own) {
					t.Errorf("own subscription %d not in the handle's %v", own, got)
				}
				for _, s := range subs {
					s.End()
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			check := func(room int, got []int) {
				for _, v := range append(slices.Clone(steady), -100-room) {
					if !slices.Contains(got, v) {
						t.Errorf("room %d: steady subscription %d not in %v", room, v, got)
					}
				}
				for _, v := range got {
					if v >= 0 && v%1_000 != room {
						t.Errorf("room %d: %d does not match", room, v)
					}
				}
			}
			var into []int
			for i := 0; !over.Load() && !t.Failed(); i++ {
				room := i % rooms
				into = x.Match(handles[room].Name(), into[:0])
				check(room, into)
				check(room, handles[room].Match())
			}
		})
	}
	writers.Wait()
	over.Store(true)
	readers.Wait()
	for room := range rooms {
		if got := len(x.Match(handles[room].Name(), nil)); got != 5 || len(handles[room].Match()) != 5 {
			t.Errorf("room %d: %d matches after the storm, want 5", room, got)
		}
	}
}
