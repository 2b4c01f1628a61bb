package handler_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/deadletter"
	"github.com/pitboss-dev/pitboss/handler"
	"github.com/pitboss-dev/pitboss/queue"
)

// What expires in its queue, or is pushed out of it, is settled like what a
// consumer had in hand.
func TestDroppedByTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dead, err := deadletter.New(deadletter.Config[string]{})
		if err != nil {
			t.Fatal(err)
		}
		var worker handler.Consumer[string]
		q, err := queue.NewFIFO(queue.Config[string]{
			Name: "moves", Capacity: 4, Overflow: queue.DropOldest,
			Dropped: func(d queue.Drop[string]) { worker.Dropped(d) },
		})
		if err != nil {
			t.Fatal(err)
		}
		var late []string
		worker = handler.Consumer[string]{
			Queue: q, DeadLetters: dead,
			Handler: func(context.Context, *pitboss.Delivery[string]) error { return nil },
			Fallback: func(_ context.Context, d *pitboss.Delivery[string]) error {
				late = append(late, d.Payload)
				if d.Payload == "beyond help" {
					return errors.New("no")
				}
				return nil
			},
		}
		soon := time.Now().Add(time.Second)
		for _, m := range []pitboss.Message[string]{
			{Payload: "late from the start", Deadline: time.Now().Add(-time.Hour)},
			{Payload: "pushed out"},
			{Payload: "late", Deadline: soon},
			{Payload: "beyond help", Deadline: soon},
			{Payload: "short-lived", TTL: time.Second},
			{Payload: "stays"},
		} {
			if _, err := q.Enqueue(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		<-time.After(2 * time.Second)
		q.Clear() // drops what stays; nobody asked for a letter
		synctest.Wait()

		slices.Sort(late)
		if want := []string{"beyond help", "late", "late from the start"}; !slices.Equal(late, want) {
			t.Errorf("fallback ran for %q, want %q", late, want)
		}
		letters, _, err := dead.List(deadletter.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]pitboss.Reason{}
		for _, l := range letters {
			if l.Queue != "moves" {
				t.Errorf("a letter of queue %q", l.Queue)
			}
			got[l.Message.Payload] = l.Reason
		}
		want := map[string]pitboss.Reason{
			"pushed out": pitboss.ReasonOverflow, "beyond help": pitboss.ReasonDeadline, "short-lived": pitboss.ReasonTTL,
		}
		if len(got) != len(want) {
			t.Errorf("letters %v, want %v", got, want)
		}
		for payload, reason := range want {
			if got[payload] != reason {
				t.Errorf("%s: letter %q, want %q", payload, got[payload], reason)
			}
		}
		if err := q.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A consumer of batches settles drops, too.
func TestDroppedOfABatchConsumer(t *testing.T) {
	t.Parallel()
	dead := &letters[string]{}
	q := newQueue(t, queue.Config[string]{Name: "hints"})
	consumer := handler.BatchConsumer[string]{Queue: q, DeadLetters: dead}
	consumer.Dropped(queue.Drop[string]{Reason: pitboss.ReasonOverflow, Sequence: 7})
	if kept := dead.all(); len(kept) != 1 || kept[0].Queue != "hints" || kept[0].Sequence != 7 || kept[0].Reason != pitboss.ReasonOverflow {
		t.Errorf("letters %+v", kept)
	}
}
