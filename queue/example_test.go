package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/queue"
)

// must is for examples, which have no better way to tell.
func must[V any](v V, err error) V {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// enqueue adds messages that consist of their payload.
func enqueue(q *queue.Memory[string], payloads ...string) {
	for _, p := range payloads {
		must(q.Enqueue(context.Background(), pitboss.Message[string]{Payload: p}))
	}
}

// take prints the next message and acknowledges it.
func take(q *queue.Memory[string]) {
	d := must(q.Dequeue(context.Background()))
	fmt.Println(d.Payload)
	if err := d.Ack(); err != nil {
		log.Fatal(err)
	}
}

func Example() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{}))
	enqueue(q, "first", "second")
	d := must(q.Dequeue(ctx))
	fmt.Println(d.Payload, d.Attempt, d.Nak(0))
	d = must(q.Dequeue(ctx)) // what is handed back goes before what is younger
	fmt.Println(d.Payload, d.Attempt, d.Ack())
	fmt.Println("a second end:", errors.Is(d.Ack(), pitboss.ErrEnded))
	d = must(q.Dequeue(ctx))
	fmt.Println(d.Payload, d.Term(pitboss.ReasonFailed)) // for good
	fmt.Println(q.Close(ctx))
	// Output:
	// first 1 <nil>
	// first 2 <nil>
	// a second end: true
	// second <nil>
	// <nil>
}

func ExampleNewPriority() {
	ctx := context.Background()
	q := must(queue.NewPriority(queue.Config[string]{}))
	for _, m := range []pitboss.Message[string]{
		{Payload: "archive", Priority: pitboss.Background},
		{Payload: "move"},
		{Payload: "another move"},
		{Payload: "disconnect", Priority: pitboss.Critical},
	} {
		must(q.Enqueue(ctx, m))
	}
	for range 4 {
		take(q)
	}
	// Output:
	// disconnect
	// move
	// another move
	// archive
}

// With ageing, what has waited for long goes before what is more urgent.
func ExampleConfig_ageing() {
	ctx := context.Background()
	q := must(queue.NewPriority(queue.Config[string]{Ageing: time.Nanosecond}))
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "long there", Priority: pitboss.Low}))
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "urgent", Priority: pitboss.Critical}))
	take(q)
	take(q)
	// Output:
	// long there
	// urgent
}

func ExampleConfig_earliestDeadlineFirst() {
	ctx := context.Background()
	q := must(queue.NewPriority(queue.Config[string]{EarliestDeadlineFirst: true}))
	now := time.Now()
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "whenever"}))
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "tomorrow", Deadline: now.Add(24 * time.Hour)}))
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "within the hour", Deadline: now.Add(time.Hour)}))
	for range 3 {
		take(q)
	}
	// Output:
	// within the hour
	// tomorrow
	// whenever
}

func ExampleOverflow_reject() {
	q := must(queue.NewFIFO(queue.Config[string]{Name: "moves", Capacity: 1}))
	enqueue(q, "a")
	_, err := q.Enqueue(context.Background(), pitboss.Message[string]{Payload: "b"})
	fmt.Println(errors.Is(err, pitboss.ErrFull))
	if full, ok := errors.AsType[*queue.FullError](err); ok {
		fmt.Println(full.Queue, full.Capacity)
	}
	// Output:
	// true
	// moves 1
}

func ExampleOverflow_dropOldest() {
	q := must(queue.NewFIFO(queue.Config[string]{
		Capacity: 2, Overflow: queue.DropOldest,
		Dropped: func(d queue.Drop[string]) { fmt.Println("dropped", d.Payload, d.Reason) },
	}))
	enqueue(q, "a", "b", "c")
	take(q)
	take(q)
	// Output:
	// dropped a overflow
	// b
	// c
}

// A producer waits until there is room, or its context ends.
func ExampleOverflow_block() {
	q := must(queue.NewFIFO(queue.Config[string]{Capacity: 1, Overflow: queue.Block}))
	go enqueue(q, "a", "b", "c")
	for range 3 {
		take(q)
	}
	enqueue(q, "d")
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := q.Enqueue(ctx, pitboss.Message[string]{Payload: "e"})
	fmt.Println(err)
	// Output:
	// a
	// b
	// c
	// context deadline exceeded
}

// What expires leaves by itself, and is told of.
func ExampleConfig_dropped() {
	gone := make(chan queue.Drop[string], 2)
	q := must(queue.NewFIFO(queue.Config[string]{
		Dropped: func(d queue.Drop[string]) { gone <- d },
	}))
	ctx := context.Background()
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "hint", TTL: time.Millisecond}))
	d := <-gone
	fmt.Println(d.Payload, d.Reason)
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "move", Deadline: time.Now().Add(5 * time.Millisecond)}))
	d = <-gone
	fmt.Println(d.Payload, d.Reason)
	fmt.Println("expired:", q.Stats().Expired)
	// Output:
	// hint ttl_expired
	// move deadline_missed
	// expired: 2
}

// A delay holds back nothing but its own message, and never ends early.
func ExampleMemory_Enqueue_delay() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{}))
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "much later", Delay: time.Hour}))
	enqueue(q, "now")
	take(q)
	start := time.Now()
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "soon", Delay: 3 * time.Millisecond}))
	take(q)
	fmt.Println(time.Since(start) >= 3*time.Millisecond)
	// Output:
	// now
	// soon
	// true
}

// A delivery that is not ended in time comes back.
func ExampleConfig_visibility() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{Visibility: time.Millisecond}))
	enqueue(q, "move")
	slow := must(q.Dequeue(ctx))
	again := must(q.Dequeue(ctx)) // waits for the lease to end
	fmt.Println(again.Payload, again.Attempt)
	fmt.Println(errors.Is(slow.Ack(), pitboss.ErrEnded))
	// Output:
	// move 2
	// true
}

func ExampleConfig_dedupeWindow() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{DedupeWindow: time.Hour}))
	for range 2 {
		r := must(q.Enqueue(ctx, pitboss.Message[string]{ID: "move-17", Payload: "move"}))
		fmt.Println(r.Sequence, r.Duplicate)
	}
	s := q.Stats()
	fmt.Println(s.Len(), s.Duplicates)
	// Output:
	// 1 false
	// 1 true
	// 1 1
}

// Messages of one key are delivered one at a time, also across retries; other
// keys go on.
func ExampleMemory_OrderByKey() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{}))
	q.OrderByKey()
	for _, m := range []pitboss.Message[string]{
		{Key: "room 1", Payload: "1a"}, {Key: "room 1", Payload: "1b"}, {Key: "room 2", Payload: "2a"},
	} {
		must(q.Enqueue(ctx, m))
	}
	first := must(q.Dequeue(ctx))
	fmt.Println(first.Payload)
	take(q) // room 1 is busy
	if err := first.Nak(time.Millisecond); err != nil {
		log.Fatal(err)
	}
	take(q) // waits for the retry: 1b does not overtake it
	take(q)
	// Output:
	// 1a
	// 2a
	// 1a
	// 1b
}

func ExampleMemory_Peek() {
	q := must(queue.NewPriority(queue.Config[string]{}))
	enqueue(q, "a", "b")
	must(q.Enqueue(context.Background(), pitboss.Message[string]{Payload: "urgent", Priority: pitboss.High}))
	for _, m := range q.Peek(2) {
		fmt.Println(m.Payload)
	}
	s := q.Stats()
	fmt.Println("still there:", s.Len())
	// Output:
	// urgent
	// a
	// still there: 3
}

func ExampleMemory_Stats() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{Capacity: 10}))
	enqueue(q, "a", "b", "c")
	must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "d", Delay: time.Hour}))
	take(q)
	must(q.Dequeue(ctx)) // and keeps it
	s := q.Stats()
	fmt.Println("ready", s.Len(), "in flight", s.InFlight, "delayed", s.Delayed, "of", s.Capacity)
	fmt.Println("enqueued", s.Enqueued, "delivered", s.Delivered, "acknowledged", s.Acked)
	fmt.Println(s.Oldest > 0)
	// Output:
	// a
	// ready 1 in flight 1 delayed 1 of 10
	// enqueued 4 delivered 2 acknowledged 1
	// true
}

func ExampleMemory_Clear() {
	q := must(queue.NewFIFO(queue.Config[string]{}))
	enqueue(q, "a", "b")
	fmt.Println(q.Clear(), len(q.Peek(10)))
	// Output: 2 0
}

func ExampleMemory_DequeueBatch() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[int]{}))
	batch := make([]pitboss.Message[int], 5)
	for i := range batch {
		batch[i].Payload = i
	}
	fmt.Println(must(q.EnqueueBatch(ctx, batch)))
	deliveries := make([]pitboss.Delivery[int], 3)
	for range 2 {
		n := must(q.DequeueBatch(ctx, deliveries))
		for _, d := range deliveries[:n] {
			fmt.Print(d.Payload, " ")
		}
		fmt.Println(pitboss.AckBatch(deliveries[:n]))
	}
	// Output:
	// 5
	// 0 1 2 <nil>
	// 3 4 <nil>
}

// The loop ends once the queue is closed and empty.
func ExampleMemory_All() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{}))
	enqueue(q, "a", "b")
	closed := make(chan error)
	go func() { closed <- q.Close(ctx) }()
	for d, err := range q.All(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Payload, d.Ack())
	}
	fmt.Println(<-closed)
	// Output:
	// a <nil>
	// b <nil>
	// <nil>
}

// A close that runs out of time says what it leaves.
func ExampleMemory_Close() {
	q := must(queue.NewFIFO(queue.Config[string]{}))
	enqueue(q, "a", "b")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := q.Close(ctx)
	fmt.Println(err, errors.Is(err, pitboss.ErrUndrained))
	for d := range q.Remaining() {
		fmt.Println(d.Payload)
	}
	// Output:
	// queue: closed before all was handled: 2 messages left true
	// a
	// b
}

// Closing a consumer hands back what it has not ended.
func ExampleConsumer() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{}))
	enqueue(q, "move")
	worker := q.Consumer()
	d := must(worker.Dequeue(ctx))
	fmt.Println(d.Payload)
	fmt.Println("handed back:", worker.Close())
	take(q)
	// Output:
	// move
	// handed back: 1
	// move
}

// A queue that is kept elsewhere as well takes up where an earlier one ended.
func ExampleMemory_Restore() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{}))
	q.Restore([]queue.Saved[string]{{
		Message: pitboss.Message[string]{Payload: "move"}, Sequence: 7, EnqueuedAt: time.Now().Add(-time.Minute), Attempt: 1,
	}}, 9)
	d := must(q.Dequeue(ctx))
	fmt.Println(d.Payload, d.Sequence, d.Attempt)
	fmt.Println(must(q.Enqueue(ctx, pitboss.Message[string]{Payload: "next"})).Sequence)
	// Output:
	// move 7 2
	// 10
}

// Messages of one key that one of them may pass while it waits for its retry.
func ExampleMemory_OrderByKey_pass() {
	ctx := context.Background()
	q := must(queue.NewFIFO(queue.Config[string]{OrderByKey: true}))
	for _, p := range []string{"statistics", "play"} {
		must(q.Enqueue(ctx, pitboss.Message[string]{Key: "room 1", Payload: p}))
	}
	d := must(q.Dequeue(ctx))
	err := d.Retry(pitboss.Retry{
		Delay: 10 * time.Millisecond, Pass: true, Attempt: pitboss.Attempt{Error: "busy"},
	})
	if err != nil {
		log.Fatal(err)
	}
	take(q)
	again := must(q.Dequeue(ctx))
	fmt.Println(again.Payload, again.Attempt, again.History[0].Error)
	// Output:
	// play
	// statistics 2 busy
}
