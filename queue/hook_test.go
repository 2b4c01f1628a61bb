package queue_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// A hook that panics hurts nobody: not the producer that made the queue drop a
// message, not the process by way of the queue's timer, and not the drops that
// are told of after it.
func TestDroppedHookPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		q := fifo(t, queue.Config[string]{
			Capacity: 2, Overflow: queue.DropOldest,
			Dropped: func(d queue.Drop[string]) {
				told = append(told, d.Payload)
				panic("hook")
			},
		})
		for _, p := range []string{"a", "b", "c"} {
			put(t, q, text(p))
		}
		if n := q.Clear(); n != 2 {
			t.Errorf("cleared %d", n)
		}
		put(t, q, pitboss.Message[string]{Payload: "short", TTL: time.Second})
		time.Sleep(time.Second)
		synctest.Wait()
		if want := []string{"a", "b", "c", "short"}; !slices.Equal(told, want) {
			t.Errorf("told of %v, want %v", told, want)
		}
		if err := q.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}
