package queuetest

import (
	"context"

	"github.com/pitboss-dev/pitboss"
)

var closeCases = []testCase{
	{name: "empty", test: testCloseEmpty},
	{name: "drains", test: testCloseDrains},
	{name: "waits for a retry that holds back its key", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testCloseHeldKey},
	{name: "leaves delayed", test: testCloseDelayed},
	{name: "out of time", test: testCloseOutOfTime},
	{name: "at once", test: testCloseAtOnce},
	{name: "wakes consumers", test: testCloseWakes},
	{name: "twice", test: testCloseTwice},
	{name: "second hastens", test: testCloseHastened},
	{name: "ends after close", test: testEndsAfterClose},
}

// cancelled returns a context that has ended.
func (s *scene) cancelled() context.Context {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	return ctx
}

// closing closes in the background and waits until the intake has stopped.
func (s *scene) closing(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Close(ctx) }()
	s.pending(done)
	_, err := s.Enqueue(s.Context(), text("late"))
	s.want(err, pitboss.ErrClosed)
	return done
}

// refused checks that a closed queue takes and gives nothing.
func (s *scene) refused() {
	s.Helper()
	_, err := s.Enqueue(s.Context(), text("late"))
	s.want(err, pitboss.ErrClosed)
	_, err = s.Dequeue(s.Context())
	s.want(err, pitboss.ErrClosed)
	if b, ok := s.Queue.(pitboss.BatchQueue[string]); ok {
		_, err = b.EnqueueBatch(s.Context(), []pitboss.Message[string]{text("late")})
		s.want(err, pitboss.ErrClosed)
		_, err = b.DequeueBatch(s.Context(), make([]pitboss.Delivery[string], 1))
		s.want(err, pitboss.ErrClosed)
	}
}

func testCloseEmpty(s *scene) {
	s.must(s.Close(s.Context()))
	s.refused()
}

func testCloseDrains(s *scene) {
	s.put(text("a"), text("b"))
	a := s.get("a")
	done := s.closing(s.Context())
	b := s.get("b")
	s.ack(a)
	s.must(b.Nak(0)) // still comes back
	b = s.get("b")
	s.pending(done)
	s.ack(b)
	s.must(<-done)
	s.refused()
}

func testCloseHeldKey(s *scene) {
	s.put(keyed("a", "a1"), keyed("a", "a2"))
	s.must(s.get("a1").Nak(4 * s.tick))
	done := s.closing(s.Context())
	s.ack(s.get("a1"))
	s.ack(s.get("a2"))
	s.must(<-done)
}

func testCloseDelayed(s *scene) {
	s.put(pitboss.Message[string]{Payload: "late", Delay: 100 * s.tick})
	s.want(s.Close(s.Context()), pitboss.ErrUndrained)
	s.refused()
}

func testCloseOutOfTime(s *scene) {
	s.put(text("a"))
	ctx, cancel := context.WithTimeout(s.Context(), 3*s.tick)
	defer cancel()
	s.want(s.Close(ctx), pitboss.ErrUndrained)
	s.refused()
	if st, ok := s.stats(); ok && st.Len() != 1 {
		s.Errorf("stats %+v", st)
	}
}

func testCloseAtOnce(s *scene) {
	s.put(text("a"), text("b"))
	a := s.get("a")
	s.want(s.Close(s.cancelled()), pitboss.ErrUndrained)
	s.refused()
	s.ack(a)
}

func testCloseWakes(s *scene) {
	s.put(text("a"))
	a := s.get("a")
	var waiting []chan error
	for range 4 {
		done := make(chan error, 1)
		waiting = append(waiting, done)
		go func() {
			_, err := s.Dequeue(s.Context())
			done <- err
		}()
	}
	closed := s.closing(s.Context())
	for _, done := range waiting {
		s.pending(done) // what is in flight may come back
	}
	s.ack(a)
	s.must(<-closed)
	for _, done := range waiting {
		s.want(<-done, pitboss.ErrClosed)
	}
}

func testCloseTwice(s *scene) {
	s.must(s.Close(s.Context()))
	s.must(s.Close(s.Context()))
	s.must(s.Close(s.cancelled()))
}

func testCloseHastened(s *scene) {
	s.put(text("a"))
	a := s.get("a")
	first := s.closing(s.Context())
	second := make(chan error, 1)
	go func() { second <- s.Close(s.Context()) }()
	s.pending(second)
	s.want(s.Close(s.cancelled()), pitboss.ErrUndrained)
	s.want(<-first, pitboss.ErrUndrained)
	s.want(<-second, pitboss.ErrUndrained)
	s.ack(a)
	s.must(s.Close(s.Context())) // by now nothing is left
}

func testEndsAfterClose(s *scene) {
	s.put(text("a"), text("b"), text("c"), text("d"))
	a, b, c, d := s.get("a"), s.get("b"), s.get("c"), s.get("d")
	s.want(s.Close(s.cancelled()), pitboss.ErrUndrained)
	s.ack(a)
	s.must(b.Term(pitboss.ReasonFailed))
	s.must(c.Nak(0))
	s.must(d.Nak(s.tick))
	s.want(a.Ack(), pitboss.ErrEnded)
	s.want(c.Nak(0), pitboss.ErrEnded)
	s.refused()
	if st, ok := s.stats(); ok && st.Len()+st.Delayed != 2 {
		s.Errorf("stats %+v", st)
	}
}
