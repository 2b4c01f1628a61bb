package queue_test

import (
	"sync"
	"testing"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// An acknowledgement makes room before it returns: as many workers as there is
// room, each with one message at a time, never find the queue full.
func TestAckMakesRoomAtOnce(t *testing.T) {
	const workers, rounds = 8, 5_000
	q := fifo(t, queue.Config[string]{Capacity: workers})
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			batch := make([]pitboss.Delivery[string], 1)
			for range rounds {
				if _, err := q.Enqueue(t.Context(), text("x")); err != nil {
					t.Error(err)
					return
				}
				_, err := q.DequeueBatch(t.Context(), batch)
				switch {
				case err != nil:
				case w%2 == 0:
					err = batch[0].Ack()
				default:
					err = pitboss.AckBatch(batch)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	if s := q.Stats(); s.Acked != workers*rounds || s.InFlight != 0 || s.Len() != 0 {
		t.Errorf("%+v", s)
	}
}
