package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor"
	"github.com/pitboss-dev/pitboss/monitor/stream"
)

// BenchmarkRoomsInACrowd plays at tables whose events, some 10,000 a second, so
// many subscribers follow, a tenth of them stalled; an iteration is 600 games,
// which take a minute. It reports how long actions take. It fails if one who reads
// misses an event, or one who is stalled is not told exactly what it missed.
func BenchmarkRoomsInACrowd(b *testing.B) {
	for _, crowd := range []struct {
		name        string
		subscribers int
	}{{"subscribers=0", 0}, {"subscribers=1000", 1000}} {
		b.Run(crowd.name, func(b *testing.B) { playInACrowd(b, crowd.subscribers, crowd.subscribers/10) })
	}
}

func playInACrowd(b *testing.B, everybody, stalled int) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	c := config{
		listen: "127.0.0.1:0", store: "memory", tables: 50, games: 600, seed: 7, pace: 12 * time.Millisecond,
		grace: 10 * time.Second, logLevel: slog.LevelError, unwatched: monitor.Tracing,
	}
	log := newLog(c, io.Discard)
	kept, err := openStore(ctx, c, log)
	if err != nil {
		b.Fatal(err)
	}
	defer kept.close()
	for b.Loop() {
		p, err := newParts(ctx, c, kept, nil, log)
		if err != nil {
			b.Fatal(err)
		}
		listener, err := listen(ctx, c.listen)
		if err != nil {
			b.Fatal(err)
		}
		crowd := gather(b, p.monitor.Stream(), everybody, stalled)
		done := p.start(ctx, listener)
		begin := time.Now()
		<-done
		took := time.Since(begin)
		crowd.check(b)
		if err := p.stop(c.grace); err != nil {
			b.Fatal(err)
		}
		latency := p.monitor.Stats().Latency()
		b.ReportMetric(float64(latency.Quantile(0.5).Microseconds()), "p50-µs/action")
		b.ReportMetric(float64(latency.Quantile(0.99).Microseconds()), "p99-µs/action")
		b.ReportMetric(float64(p.monitor.Stream().Stats().Last)/took.Seconds(), "events/s")
	}
}

// crowd is subscribers who want every event.
type crowd struct {
	stream  *stream.Stream
	reading sync.WaitGroup
	end     atomic.Uint64 // whoever has read so far is through; zero: not known yet
	asleep  []*stream.Subscription
}

func gather(b *testing.B, s *stream.Stream, everybody, stalled int) *crowd {
	b.Helper()
	c := &crowd{stream: s}
	for i := range everybody {
		sub, err := s.Subscribe(stream.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if i < stalled {
			c.asleep = append(c.asleep, sub)
			continue
		}
		c.reading.Go(func() {
			defer sub.Close()
			for next := uint64(1); c.end.Load() == 0 || next <= c.end.Load(); {
				batch, err := sub.Next(b.Context())
				if err != nil || batch.Missed.Count > 0 || batch.Entries[0].Event().Seq != next {
					b.Errorf("missed %+v, want %d, %v", batch, next, err)
					return
				}
				next += uint64(len(batch.Entries))
			}
		})
	}
	return c
}

// check waits until those who read have read all there is, and wakes the
// stalled.
func (c *crowd) check(b *testing.B) {
	b.Helper()
	c.end.Store(c.stream.Stats().Last + 1)
	c.stream.Publish([]event.Event{{Type: event.RoomClosed, Time: time.Now()}}) // for those who have read all the others
	c.reading.Wait()
	stats := c.stream.Stats()
	for _, sub := range c.asleep {
		batch, err := sub.Next(b.Context())
		if first := c.stream.Stats().First; err != nil || batch.Missed.Count < stats.First-1 || batch.Missed.Count > first-1 {
			b.Errorf("a stalled one is told that it missed %+v of the %d before %d, %v", batch.Missed, first-1, first, err)
		}
		sub.Close()
	}
}
