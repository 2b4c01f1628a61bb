// Package bench measures pitboss beside the tools that a Go developer would
// otherwise pick, in one run, so that the ratios hold on any machine. It is a
// module of its own to keep the peers out of the product's go.mod.
//
// The last part of a benchmark's name says whose code ran. Its comment says what
// the peers are let off where the comparison is not quite even.
package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// action is what is carried: 80 bytes, about what a player's move takes.
type action struct {
	Room, Player, Kind, Piece string
	Turn, Seq                 uint64
}

var move = action{Room: "room-17", Player: "player-3", Kind: "play", Piece: "HORSE_RED", Turn: 4}

// window bounds what is under way in every lane.
const window = 1024

// lane is one way from producers to consumers. Both functions move n messages
// and may run in several goroutines at once.
type lane struct {
	send    func(ctx context.Context, n int) error
	receive func(ctx context.Context, n int) error // takes and acknowledges
}

// lanes are what [BenchmarkHandover] compares.
//
//   - channel is a buffered channel of actions. It acknowledges nothing.
//   - messages is a buffered channel of the messages that our queue carries,
//     200 bytes where an action has 80.
//   - acktable is the same with a table of what is in flight, the least that an
//     acknowledgement needs.
//   - watermill is its GoChannel, spared the making of message ids.
//   - pitboss16 is our queue, taken up to 16 at a time, as consumers with that
//     prefetch do; pitboss64 is it in batches of 64 on both sides.
var lanes = []struct {
	name string
	open func(testing.TB) lane
}{
	{"pitboss", pitbossLane},
	{"pitboss16", pitbossPrefetchLane},
	{"pitboss64", pitbossBatchLane},
	{"channel", channelLane},
	{"messages", messagesLane},
	{"acktable", ackTableLane},
	{"watermill", watermillLane},
}

// BenchmarkHandover is a message's whole way: enqueue, dequeue, acknowledge,
// from as many producers to as many consumers.
func BenchmarkHandover(b *testing.B) {
	for _, workers := range []int{1, 4} {
		for _, l := range lanes {
			b.Run(fmt.Sprintf("flow=%dP%dC/impl=%s", workers, workers, l.name), func(b *testing.B) {
				b.ReportAllocs()
				drive(b, l.open(b), workers)
			})
		}
	}
}

// drive shares b.N messages out among the producers, and again among the
// consumers. The time runs until the last one is acknowledged, so the count has
// to be known beforehand, which b.Loop does not tell.
func drive(b *testing.B, l lane, workers int) {
	b.Helper()
	ctx, cancel := context.WithCancelCause(b.Context())
	defer cancel(nil)
	var running sync.WaitGroup
	start := func(work func(context.Context, int) error, n int) {
		running.Go(func() {
			if err := work(ctx, n); err != nil {
				cancel(err) // or the other side would wait for ever
			}
		})
	}
	b.ResetTimer()
	for i := range workers {
		share := (b.N + i) / workers
		start(l.send, share)
		start(l.receive, share)
	}
	running.Wait()
	b.StopTimer()
	if err := context.Cause(ctx); err != nil {
		b.Fatal(err)
	}
}

// A lane that loses messages would be fast for the wrong reason.
func TestLanesDeliverEverything(t *testing.T) {
	for _, l := range lanes {
		t.Run(l.name, func(t *testing.T) {
			const n = 3*window + 7
			lane := l.open(t)
			sent := make(chan error, 1)
			go func() { sent <- lane.send(t.Context(), n) }()
			if err := errors.Join(lane.receive(t.Context(), n), <-sent); err != nil {
				t.Fatal(err)
			}
		})
	}
}
