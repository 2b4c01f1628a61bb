package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// audience is one way of taking events to many subscribers.
type audience struct {
	// publish sends one event, to everybody or to the room's subscriber.
	publish func(room int)
	// delivered is how many subscribers got an event, of all events.
	delivered func() int64
}

// audiences are what [BenchmarkFanOut] compares. Every subscriber gets bytes.
//
//   - pitboss calls its subscribers, reader wakes a goroutine for each.
//   - centrifuge is its node with the broker in memory, and connections that
//     only count what is written. It is spared the encoding of events.
//   - channels is a buffered channel and a goroutine for each subscriber, found
//     in a map. It is spared the encoding too, and keeps no history.
var audiences = []struct {
	name string
	open func(tb testing.TB, subscribers int, rooms bool) audience
}{
	{"pitboss", pitbossFollowers},
	{"reader", pitbossReaders},
	{"centrifuge", centrifugeClients},
	{"channels", channelSubscribers},
}

// fanOuts are the jobs: everybody follows everything, so that an operation is
// 10,000 deliveries; or each follows a room of its own, so that it is one.
var fanOuts = []struct {
	name  string
	rooms bool
	// window is how many events are under way together.
	window int
}{
	{"all", false, 256},
	{"rooms", true, 8192},
}

const subscribers = 10_000

// BenchmarkFanOut is one event taken to all of its subscribers, of 10,000.
func BenchmarkFanOut(b *testing.B) {
	for _, job := range fanOuts {
		for _, a := range audiences {
			b.Run(fmt.Sprintf("match=%s/impl=%s", job.name, a.name), func(b *testing.B) {
				b.ReportAllocs()
				each := int64(subscribers)
				if job.rooms {
					each = 1
				}
				to := a.open(b, subscribers, job.rooms)
				warm := max(8, 2*subscribers/int(each)) // subscribers begin, and wait
				fanOut(to, 0, warm, each, job.window)
				b.ResetTimer()
				fanOut(to, warm, b.N, each, job.window)
			})
		}
	}
}

// fanOut publishes n events after those before, a window of them at a time, and
// waits until all are delivered before the next: nobody falls behind.
func fanOut(to audience, before, n int, each int64, window int) {
	for i := before; i < before+n; {
		end := min(i+window, before+n)
		for ; i < end; i++ {
			to.publish(i % subscribers)
		}
		for to.delivered() < int64(end)*each {
			runtime.Gosched()
		}
	}
}

// BenchmarkPublish is what the publisher of one event pays while so many
// subscribers are stalled.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{10, subscribers} {
		b.Run(fmt.Sprintf("impl=pitboss%d", n), func(b *testing.B) {
			b.ReportAllocs()
			s := runningStream(b)
			for range n {
				sub, err := s.Subscribe(stream.Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(sub.Close)
			}
			for b.Loop() {
				s.Publish(played(0))
			}
		})
	}
	b.Run(fmt.Sprintf("impl=channels%d", subscribers), func(b *testing.B) {
		b.ReportAllocs()
		full := make([]chan *event.Event, subscribers)
		for i := range full {
			full[i] = make(chan *event.Event, 1)
			full[i] <- nil
		}
		e := played(0)
		for b.Loop() {
			for _, c := range full {
				select {
				case c <- &e[0]:
				default:
				}
			}
		}
	})
}

func played(room int) []event.Event {
	return []event.Event{{
		RoomSeq: 4, Type: event.PiecePlayed, Time: time.Unix(1_800_000_000, 0).UTC(), Room: roomNames[room], Player: "player-3",
		CorrelationID: "4QXJ3VPYDQGJ5N6M2C7RKT8WBH", Data: event.Seat{Seat: 3, PlayerType: "human"},
	}}
}

var roomNames = func() (names [subscribers]string) {
	for i := range names {
		names[i] = fmt.Sprintf("room-%05d", i)
	}
	return names
}()

func runningStream(tb testing.TB) *stream.Stream {
	tb.Helper()
	s, err := stream.New(stream.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
	return s
}

// count touches what was delivered, as writing it would.
func count(delivered, bytes *atomic.Int64, entries []*stream.Entry) {
	n := 0
	for _, e := range entries {
		n += len(e.JSON())
	}
	bytes.Add(int64(n))
	delivered.Add(int64(len(entries)))
}

func pitbossFollowers(tb testing.TB, n int, rooms bool) audience {
	tb.Helper()
	s := runningStream(tb)
	var delivered, bytes atomic.Int64
	for i := range n {
		f, err := s.Follow(optionsOf(i, rooms), func(b *stream.Batch) { count(&delivered, &bytes, b.Entries) })
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(f.End)
	}
	return audience{func(room int) { s.Publish(played(room)) }, delivered.Load}
}

func pitbossReaders(tb testing.TB, n int, rooms bool) audience {
	tb.Helper()
	s := runningStream(tb)
	var delivered, bytes atomic.Int64
	var running sync.WaitGroup
	tb.Cleanup(running.Wait) // after all are closed: the last in is the first out
	for i := range n {
		sub, err := s.Subscribe(optionsOf(i, rooms))
		if err != nil {
			tb.Fatal(err)
		}
		running.Go(func() {
			for {
				b, err := sub.Next(context.Background())
				if err != nil {
					if !errors.Is(err, pitboss.ErrClosed) {
						tb.Error(err)
					}
					return
				}
				count(&delivered, &bytes, b.Entries)
			}
		})
		tb.Cleanup(sub.Close)
	}
	return audience{func(room int) { s.Publish(played(room)) }, delivered.Load}
}

func optionsOf(i int, rooms bool) stream.Options {
	o := stream.Options{Since: stream.Now}
	if rooms {
		o.Filter.Room = roomNames[i]
	}
	return o
}

func channelSubscribers(tb testing.TB, n int, rooms bool) audience {
	tb.Helper()
	var (
		delivered, bytes atomic.Int64
		running          sync.WaitGroup
		byRoom           = make(map[string][]chan []byte)
	)
	for i := range n {
		c := make(chan []byte, 256)
		running.Go(func() {
			for text := range c {
				bytes.Add(int64(len(text)))
				delivered.Add(1)
			}
		})
		name := ""
		if rooms {
			name = roomNames[i]
		}
		byRoom[name] = append(byRoom[name], c)
	}
	tb.Cleanup(func() {
		for _, list := range byRoom {
			for _, c := range list {
				close(c)
			}
		}
		running.Wait()
	})
	text := encoded(tb)
	return audience{func(room int) {
		name := ""
		if rooms {
			name = roomNames[room]
		}
		for _, c := range byRoom[name] {
			c <- text
		}
	}, delivered.Load}
}

func encoded(tb testing.TB) []byte {
	tb.Helper()
	text, err := json.Marshal(played(0)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// An audience that loses events would be fast for the wrong reason.
func TestAudiencesGetEverything(t *testing.T) {
	for _, job := range fanOuts {
		for _, a := range audiences {
			t.Run(job.name+"/"+a.name, func(t *testing.T) {
				to := a.open(t, 100, job.rooms)
				each := int64(100)
				if job.rooms {
					each = 1
				}
				const n = 100 // rooms 0 to 99
				fanOut(to, 0, n, each, job.window)
				if got := to.delivered(); got != n*each {
					t.Errorf("%d delivered, want %d", got, n*each)
				}
			})
		}
	}
}
