package queuetest

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/pitboss-dev/pitboss"
)

var cancelCases = []testCase{
	{name: "dequeue", test: testCancelDequeue},
	{name: "dequeue batch", needs: Batches, test: testCancelDequeueBatch},
	{name: "before", test: testCancelledBefore},
	{name: "swallows nothing", test: testSwallowsNothing},
}

func testCancelDequeue(s *scene) {
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	go func() {
		_, err := s.Dequeue(ctx)
		done <- err
	}()
	s.pending(done)
	cancel()
	s.want(<-done, context.Canceled)
	s.put(text("a"))
	s.ack(s.get("a"))
}

func testCancelDequeueBatch(s *scene) {
	b := s.batch()
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	go func() {
		_, err := b.DequeueBatch(ctx, make([]pitboss.Delivery[string], 4))
		done <- err
	}()
	s.pending(done)
	cancel()
	s.want(<-done, context.Canceled)
	s.put(text("a"))
	s.ack(s.get("a"))
}

func testCancelledBefore(s *scene) {
	s.put(text("a"))
	_, err := s.Dequeue(s.cancelled())
	s.want(err, context.Canceled)
	// An Enqueue that need not wait does not look at its context.
	_, err = s.Enqueue(s.cancelled(), text("b"))
	s.must(err)
	s.ack(s.get("a"), s.get("b"))
}

// testSwallowsNothing: consumers that give up at the very moment when a message
// comes lose neither the message nor the wake-up of another consumer.
func testSwallowsNothing(s *scene) {
	const rounds = 200
	handled := make(chan string, rounds)
	var patient sync.WaitGroup
	patient.Go(func() {
		for {
			d, err := s.Dequeue(s.Context())
			if err != nil {
				if !errors.Is(err, pitboss.ErrClosed) {
					s.Error(err)
				}
				return
			}
			if err := d.Ack(); err != nil {
				s.Error(err)
			}
			handled <- d.Payload
		}
	})
	for i := range rounds {
		ctx, cancel := context.WithCancel(s.Context())
		var fickle sync.WaitGroup
		for range 3 {
			fickle.Go(func() {
				d, err := s.Dequeue(ctx)
				if err != nil {
					return
				}
				if err := d.Ack(); err != nil {
					s.Error(err)
				}
				handled <- d.Payload
			})
		}
		fickle.Go(cancel)
		s.put(text(strconv.Itoa(i)))
		wait, stop := s.patience()
		select {
		case p := <-handled:
			if p != strconv.Itoa(i) {
				s.Errorf("got %q in round %d", p, i)
			}
		case <-wait.Done():
			s.Fatalf("round %d: nobody got the message", i)
		}
		stop()
		cancel()
		fickle.Wait()
	}
	s.must(s.Close(s.Context()))
	patient.Wait()
}
