package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/pitboss-dev/pitboss"
)

var boundCases = []testCase{
	{name: "no bounds", without: Bounds, options: Options{Capacity: 3}, test: func(s *scene) {
		s.put(text("a"), text("b"), text("c"), text("d"))
	}},
	{name: "reject", needs: Bounds, options: Options{Capacity: 3}, test: testReject},
	{name: "what counts", needs: Bounds, options: Options{Capacity: 3}, test: testWhatCounts},
	{name: "expired makes room", needs: Bounds, options: Options{Capacity: 1}, test: testExpiredMakesRoom},
	{name: "duplicate needs no room", needs: Bounds | Dedupe, options: Options{Capacity: 1, DedupeWindow: 10}, test: testDuplicateWhenFull},
	{name: "drop oldest", needs: Bounds, options: Options{Capacity: 3, Overflow: DropOldest}, test: testDropOldest},
	{name: "drop least urgent", needs: Bounds | Priority, options: Options{Capacity: 3, Overflow: DropOldest}, test: testDropLeastUrgent},
	{name: "drop oldest by key", needs: Bounds | KeyedOrder, options: Options{Capacity: 3, Overflow: DropOldest, OrderByKey: true}, test: testDropOldestByKey},
	{name: "nothing to drop", needs: Bounds, options: Options{Capacity: 2, Overflow: DropOldest}, test: testNothingToDrop},
	{name: "block", needs: Bounds, options: Options{Capacity: 2, Overflow: Block}, test: testBlock},
	{name: "block until the context ends", needs: Bounds, options: Options{Capacity: 1, Overflow: Block}, test: testBlockContext},
	{name: "block until close", needs: Bounds, options: Options{Capacity: 1, Overflow: Block}, test: testBlockClose},
	{name: "block first come first served", needs: Bounds, options: Options{Capacity: 1, Overflow: Block}, test: testBlockFair},
	{name: "block a batch", needs: Bounds | Batches, options: Options{Capacity: 4, Overflow: Block}, test: testBlockBatch},
	{name: "exact under rejection", needs: Bounds, options: Options{Capacity: 16}, test: testExact},
	{name: "exact under dropping", needs: Bounds, options: Options{Capacity: 16, Overflow: DropOldest}, test: testExact},
	{name: "exact under blocking", needs: Bounds, options: Options{Capacity: 16, Overflow: Block}, test: testExact},
}

func testReject(s *scene) {
	s.put(text("a"), text("b"), text("c"))
	_, err := s.Enqueue(s.Context(), text("d"))
	s.want(err, pitboss.ErrFull)
	if st, ok := s.stats(); ok && (st.Rejected != 1 || st.Enqueued != 3 || st.Capacity != 3) {
		s.Errorf("stats %+v", st)
	}
	s.ack(s.get("a"))
	s.put(text("e"))
	s.ack(s.get("b"), s.get("c"), s.get("e"))
}

func testWhatCounts(s *scene) {
	s.put(text("flying"))
	flying := s.get("flying")
	s.put(pitboss.Message[string]{Payload: "delayed", Delay: 3 * s.tick}, text("ready"))
	_, err := s.Enqueue(s.Context(), text("d"))
	s.want(err, pitboss.ErrFull)
	s.must(flying.Nak(0)) // always finds its place
	_, err = s.Enqueue(s.Context(), text("d"))
	s.want(err, pitboss.ErrFull)
	s.ack(s.get("flying"))
	// By now the delayed one may have been ready first: not every backend is quick.
	left := map[string]bool{"delayed": true, "ready": true}
	for range 2 {
		d := s.take()
		if !left[d.Payload] {
			s.Fatalf("got %q", d.Payload)
		}
		delete(left, d.Payload)
		s.ack(d)
	}
}

func testExpiredMakesRoom(s *scene) {
	s.put(pitboss.Message[string]{Payload: "gone", TTL: 2 * s.tick})
	s.nothingReady(3)
	s.put(text("a"))
	s.dropped("gone", pitboss.ReasonTTL)
	s.ack(s.get("a"))
}

// nothingReady lets time pass, in ticks, without asking for a message.
func (s *scene) nothingReady(wait int) {
	for range 10 * wait {
		s.pause()
	}
}

func testDuplicateWhenFull(s *scene) {
	m := pitboss.Message[string]{Payload: "a", ID: "1"}
	s.put(m)
	if r, err := s.Enqueue(s.Context(), m); err != nil || !r.Duplicate {
		s.Fatalf("%+v, %v", r, err)
	}
	refused := pitboss.Message[string]{Payload: "b", ID: "2"}
	_, err := s.Enqueue(s.Context(), refused)
	s.want(err, pitboss.ErrFull)
	s.ack(s.get("a"))
	// What was refused was not seen.
	if r, err := s.Enqueue(s.Context(), refused); err != nil || r.Duplicate {
		s.Fatalf("%+v, %v", r, err)
	}
	s.ack(s.get("b"))
}

func testDropOldest(s *scene) {
	s.put(text("a"), text("b"), text("c"), text("d"), text("e"))
	s.dropped("a", pitboss.ReasonOverflow)
	s.dropped("b", pitboss.ReasonOverflow)
	if st, ok := s.stats(); ok && (st.Dropped != 2 || st.Enqueued != 5) {
		s.Errorf("stats %+v", st)
	}
	s.ack(s.get("c"), s.get("d"), s.get("e"))
}

func testDropLeastUrgent(s *scene) {
	s.put(
		pitboss.Message[string]{Payload: "high", Priority: pitboss.High},
		text("n1"), text("n2"), text("n3"),
	)
	s.dropped("n1", pitboss.ReasonOverflow)
	s.ack(s.get("high"), s.get("n2"), s.get("n3"))
}

func testDropOldestByKey(s *scene) {
	s.put(keyed("a", "a1"))
	a1 := s.get("a1")
	s.put(keyed("a", "a2"), keyed("a", "a3"), keyed("b", "b1"))
	s.dropped("a2", pitboss.ReasonOverflow)
	s.put(keyed("b", "b2"))
	s.dropped("a3", pitboss.ReasonOverflow)
	s.ack(a1, s.get("b1"))
	s.ack(s.get("b2"))
	s.nothing(1)
}

func testNothingToDrop(s *scene) {
	s.put(text("a"))
	a := s.get("a")
	s.put(pitboss.Message[string]{Payload: "late", Delay: s.tick})
	_, err := s.Enqueue(s.Context(), text("b"))
	s.want(err, pitboss.ErrFull)
	s.ack(a, s.get("late"))
}

// try enqueues in the background and returns where the outcome will be.
func (s *scene) try(ctx context.Context, payload string) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := s.Enqueue(ctx, text(payload))
		done <- err
	}()
	return done
}

// pending checks that nothing comes for two ticks.
func (s *scene) pending(done <-chan error) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 2*s.tick)
	defer cancel()
	select {
	case err := <-done:
		s.Fatalf("did not wait: %v", err)
	case <-ctx.Done():
	}
}

func testBlock(s *scene) {
	s.put(text("a"), text("b"))
	third := s.try(s.Context(), "c")
	s.pending(third)
	a := s.get("a")
	s.pending(third) // in flight still counts
	s.ack(a)
	s.must(<-third)
	s.ack(s.get("b"), s.get("c"))
}

func testBlockContext(s *scene) {
	s.put(text("a"))
	ctx, cancel := context.WithTimeout(s.Context(), 2*s.tick)
	defer cancel()
	_, err := s.Enqueue(ctx, text("b"))
	s.want(err, context.DeadlineExceeded)
	gone, cancel := context.WithCancel(s.Context())
	cancel()
	_, err = s.Enqueue(gone, text("b"))
	s.want(err, context.Canceled)
	s.ack(s.get("a"))
	s.nothing(1)
	s.put(text("c"))
	s.ack(s.get("c"))
}

func testBlockClose(s *scene) {
	s.put(text("a"))
	waiting := s.try(s.Context(), "b")
	s.pending(waiting)
	gone, cancel := context.WithCancel(s.Context())
	cancel()
	s.want(s.Close(gone), pitboss.ErrUndrained)
	s.want(<-waiting, pitboss.ErrClosed)
}

func testBlockFair(s *scene) {
	s.put(text("first"))
	var waiting []<-chan error
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	for i := range 10 {
		own := s.Context()
		if i%3 == 1 {
			own = ctx
		}
		waiting = append(waiting, s.try(own, strconv.Itoa(i)))
		s.pending(waiting[i]) // so that they stand in line in this order
	}
	cancel()
	for i := 1; i < 10; i += 3 {
		s.want(<-waiting[i], context.Canceled)
	}
	s.ack(s.get("first"))
	for i := range 10 {
		if i%3 != 1 {
			s.must(<-waiting[i])
			s.ack(s.get(strconv.Itoa(i)))
		}
	}
	s.nothing(1)
}

func testBlockBatch(s *scene) {
	b := s.batch()
	var batch []pitboss.Message[string]
	for i := range 20 {
		batch = append(batch, text(strconv.Itoa(i)))
	}
	type outcome struct {
		n   int
		err error
	}
	done := make(chan outcome, 1)
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	go func() {
		n, err := b.EnqueueBatch(ctx, batch)
		done <- outcome{n, err}
	}()
	for i := range 10 {
		s.ack(s.get(strconv.Itoa(i)))
	}
	s.nothingReady(1)
	cancel()
	o := <-done
	s.want(o.err, context.Canceled)
	if o.n != 14 { // ten handled and four that fill the queue
		s.Fatalf("%d accepted, want 14", o.n)
	}
	for i := 10; i < 14; i++ {
		s.ack(s.get(strconv.Itoa(i)))
	}
	s.nothing(1)
}

// testExact: whatever the strategy, what came in is what came out and what was
// reported as dropped or rejected.
func testExact(s *scene) {
	const producers, each = 8, 200
	var mu sync.Mutex
	rejected, handled := 0, 0
	var producing, consuming sync.WaitGroup
	for range 2 {
		consuming.Go(func() {
			for {
				d, err := s.Dequeue(s.Context())
				if err != nil {
					if !errors.Is(err, pitboss.ErrClosed) {
						s.Error(err)
					}
					return
				}
				mu.Lock()
				handled++
				mu.Unlock()
				if err := d.Ack(); err != nil {
					s.Error(err)
				}
			}
		})
	}
	for p := range producers {
		producing.Go(func() {
			for i := range each {
				_, err := s.Enqueue(s.Context(), text(fmt.Sprint(p, ".", i)))
				switch {
				case errors.Is(err, pitboss.ErrFull):
					mu.Lock()
					rejected++
					mu.Unlock()
				case err != nil:
					s.Error(err)
				}
			}
		})
	}
	producing.Wait()
	s.must(s.Close(s.Context()))
	consuming.Wait()
	dropped := len(s.drops)
	if s.drops == nil {
		if st, ok := s.stats(); ok {
			dropped = int(st.Dropped)
		}
	}
	if sum := handled + rejected + dropped; sum != producers*each {
		s.Errorf("%d in, but %d handled + %d rejected + %d dropped = %d", producers*each, handled, rejected, dropped, sum)
	}
	if st, ok := s.stats(); ok {
		if int(st.Rejected) != rejected || int(st.Dropped) != dropped || int(st.Acked) != handled {
			s.Errorf("%d rejected, %d dropped, %d handled, but %+v", rejected, dropped, handled, st)
		}
	}
}
