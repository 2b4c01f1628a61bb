package queue_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

func fifo(t *testing.T, c queue.Config[string]) *queue.Memory[string] {
	t.Helper()
	q, err := queue.NewFIFO(c)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func priority(t *testing.T, c queue.Config[string]) *queue.Memory[string] {
	t.Helper()
	q, err := queue.NewPriority(c)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func put(t *testing.T, q pitboss.Queue[string], m pitboss.Message[string]) pitboss.Receipt {
	t.Helper()
	r, err := q.Enqueue(t.Context(), m)
	if err != nil {
		t.Fatalf("enqueue %q: %v", m.Payload, err)
	}
	return r
}

func get(t *testing.T, q pitboss.Queue[string], want string) *pitboss.Delivery[string] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	d, err := q.Dequeue(ctx)
	if err != nil {
		t.Fatalf("dequeue, want %q: %v", want, err)
	}
	if d.Payload != want {
		t.Fatalf("got %q, want %q", d.Payload, want)
	}
	return &d
}

func text(s string) pitboss.Message[string] { return pitboss.Message[string]{Payload: s} }

func TestPriorityOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := priority(t, queue.Config[string]{})
		for _, m := range []pitboss.Message[string]{
			{Payload: "b", Priority: pitboss.Background},
			{Payload: "n1"}, {Payload: "c", Priority: pitboss.Critical}, {Payload: "n2"},
		} {
			put(t, q, m)
		}
		for _, want := range []string{"c", "n1", "n2", "b"} {
			if err := get(t, q, want).Ack(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestKeyedOrderAcrossRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fifo(t, queue.Config[string]{OrderByKey: true})
		for _, m := range []string{"a1", "a2", "b1"} {
			put(t, q, pitboss.Message[string]{Payload: m, Key: m[:1]})
		}
		a1 := get(t, q, "a1")
		b1 := get(t, q, "b1")
		if err := a1.Nak(time.Second); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		a1 = get(t, q, "a1")
		if waited := time.Since(start); waited != time.Second {
			t.Fatalf("came back after %v", waited)
		}
		if a1.Attempt != 2 {
			t.Fatalf("attempt %d", a1.Attempt)
		}
		_, _ = a1.Ack(), b1.Ack()
		if err := a1.Ack(); !errors.Is(err, pitboss.ErrEnded) {
			t.Fatal(err)
		}
		_ = get(t, q, "a2").Ack()
		if err := q.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var drops []pitboss.Reason
		q := fifo(t, queue.Config[string]{Dropped: func(d queue.Drop[string]) { drops = append(drops, d.Reason) }})
		put(t, q, pitboss.Message[string]{Payload: "ttl", TTL: 5 * time.Millisecond})
		put(t, q, pitboss.Message[string]{Payload: "deadline", Deadline: time.Now().Add(6 * time.Millisecond)})
		put(t, q, pitboss.Message[string]{Payload: "late", Delay: 10 * time.Millisecond})
		time.Sleep(10 * time.Millisecond)
		_ = get(t, q, "late").Ack()
		if len(drops) != 2 || drops[0] != pitboss.ReasonTTL || drops[1] != pitboss.ReasonDeadline {
			t.Fatal(drops)
		}
		if s := q.Stats(); s.Expired != 2 || s.Acked != 1 {
			t.Fatalf("%+v", s)
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := fifo(t, queue.Config[string]{})
		put(t, q, text("x"))
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := q.Close(gone); !errors.Is(err, pitboss.ErrUndrained) {
			t.Fatal(err)
		}
		if _, err := q.Dequeue(t.Context()); !errors.Is(err, pitboss.ErrClosed) {
			t.Fatal(err)
		}
		n := 0
		for d := range q.Remaining() {
			n += len(d.Payload)
		}
		if n != 1 {
			t.Fatal(n)
		}
	})
}
