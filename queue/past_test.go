package queue_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// A message whose deadline has passed, however long ago, expires by itself, and
// a close does not wait for it.
func TestDeadlineLongPast(t *testing.T) {
	for _, past := range []time.Time{
		{}, // stands for just now
		time.Unix(0, 0),
		time.Time{}.Add(1), // further away than a Duration reaches
	} {
		for _, m := range []pitboss.Message[string]{
			{},
			{Key: "room"},
			{Delay: time.Hour},
			{Delay: 1<<63 - 1, TTL: 1<<63 - 1},
			{Priority: pitboss.Critical},
		} {
			for _, c := range []queue.Config[string]{
				{},
				{OrderByKey: true},
				{EarliestDeadlineFirst: true},
				{EarliestDeadlineFirst: true, OrderByKey: true},
				{Capacity: 1, Overflow: queue.Block},
			} {
				name := fmt.Sprintf("%v/key %q, delay %v/%v %v %d", past, m.Key, m.Delay,
					c.OrderByKey, c.EarliestDeadlineFirst, c.Capacity)
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { expiresAtOnce(t, c, m, past) })
				})
			}
		}
	}
}

func expiresAtOnce(t *testing.T, c queue.Config[string], m pitboss.Message[string], past time.Time) {
	t.Helper()
	var reasons []pitboss.Reason
	c.Dropped = func(d queue.Drop[string]) { reasons = append(reasons, d.Reason) }
	q := priority(t, c)
	// Enough in one instant for the coarse clock to be in use.
	for range 100 {
		put(t, q, text("a"))
		if err := get(t, q, "a").Ack(); err != nil {
			t.Fatal(err)
		}
	}
	m.Deadline = past
	if past.IsZero() {
		m.Deadline = time.Now()
	}
	put(t, q, m)
	if s := q.Stats(); s.Expired != 1 || s.Len() != 0 || s.Delayed != 0 {
		t.Errorf("stats %+v", s)
	}
	if len(reasons) != 1 || reasons[0] != pitboss.ReasonDeadline {
		t.Errorf("told of %v", reasons)
	}
	start := time.Now()
	if err := q.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if waited := time.Since(start); waited != 0 {
		t.Errorf("the close waited for %v", waited)
	}
}

// The same for a deadline that passes while the message is in flight.
func TestDeadlinePassesInFlight(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Hour, 1<<63 - 1} {
		t.Run(fmt.Sprint("handed back for ", delay), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := priority(t, queue.Config[string]{EarliestDeadlineFirst: true})
				put(t, q, pitboss.Message[string]{Payload: "a", Deadline: time.Now().Add(5 * time.Millisecond)})
				d := get(t, q, "a")
				time.Sleep(5 * time.Millisecond)
				if err := d.Nak(delay); err != nil {
					t.Fatal(err)
				}
				if s := q.Stats(); s.Expired != 1 {
					t.Errorf("stats %+v", s)
				}
				if err := q.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
