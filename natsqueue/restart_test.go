package natsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/queue"
)

// patience is how long a test waits for what must come. A busy machine is slow.
const patience = 3 * time.Minute

type config = natsqueue.QueueConfig[string]

func openQueue(t testing.TB, s *natsqueue.Store, c config) *natsqueue.Queue[string] {
	t.Helper()
	if c.Name == "" {
		c.Name = "test"
	}
	q, err := natsqueue.OpenQueue(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(q) })
	return q
}

func closeNow(q *natsqueue.Queue[string]) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_ = q.Close(gone) // what is left is what the next opening is about
}

func put(t testing.TB, q *natsqueue.Queue[string], m pitboss.Message[string]) pitboss.Receipt {
	t.Helper()
	r, err := q.Enqueue(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func get(t testing.TB, q *natsqueue.Queue[string], want string) pitboss.Delivery[string] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	d, err := q.Dequeue(ctx)
	if err != nil {
		t.Fatalf("%v, want %q", err, want)
	}
	if d.Payload != want {
		t.Fatalf("got %q, want %q", d.Payload, want)
	}
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	q := openQueue(t, s, config{})
	full := pitboss.Message[string]{
		Payload: "full", Key: "k", ID: "id", Topic: "a.b", CorrelationID: "c", Priority: pitboss.High,
		Headers: map[string]string{" a ": " b\n"}, TTL: time.Hour, Deadline: time.Now().Add(time.Hour),
	}
	if r := put(t, q, full); r.Durability != pitboss.InProcess || r.Sequence != 1 {
		t.Errorf("receipt %+v", r)
	}
	for _, m := range []pitboss.Message[string]{
		{Payload: "plain"},
		{Payload: "done"},
		{Payload: "low", Priority: pitboss.Low},
		{Payload: "critical", Priority: pitboss.Critical},
		{Payload: "delayed", Delay: time.Hour},
		{Payload: "expired", TTL: time.Millisecond, Priority: pitboss.Background},
	} {
		put(t, q, m)
	}
	must(t, ack(get(t, q, "critical")))
	before := get(t, q, "full")
	attempt := pitboss.Attempt{Time: time.Now(), Duration: time.Second, Error: "no", Worker: "w"}
	must(t, before.Retry(pitboss.Retry{Attempt: attempt}))
	before = get(t, q, "full") // in flight when the queue goes
	get(t, q, "plain")
	must(t, ack(get(t, q, "done")))
	closeNow(q)

	var dropped []string
	q = openQueue(t, s, config{Config: queue.Config[string]{
		Dropped: func(d queue.Drop[string]) { dropped = append(dropped, d.Payload+" "+string(d.Reason)) },
	}})
	if st := q.Stats(); st.Delayed != 1 || st.Len() > 4 || st.Acked != 0 {
		t.Errorf("stats %+v", st)
	}
	d := get(t, q, "full")
	if d.Sequence != 1 || d.Attempt != before.Attempt+1 || d.EnqueuedAt.UnixNano() != before.EnqueuedAt.UnixNano() {
		t.Errorf("delivery %+v after %+v", d, before)
	}
	if len(d.History) != 1 || d.History[0].Error != "no" || !d.History[0].Time.Equal(attempt.Time) ||
		d.History[0].Duration != time.Second || d.History[0].Worker != "w" {
		t.Errorf("history %+v", d.History)
	}
	if !d.Deadline.Equal(full.Deadline) || d.Headers[" a "] != " b\n" || d.Key != "k" || d.ID != "id" || d.Topic != "a.b" ||
		d.CorrelationID != "c" || d.Priority != pitboss.High || d.TTL != time.Hour {
		t.Errorf("message %+v, want %+v", d.Message, full)
	}
	must(t, d.Ack())
	must(t, ack(get(t, q, "plain")))
	must(t, ack(get(t, q, "low")))
	if r := put(t, q, pitboss.Message[string]{Payload: "new"}); r.Sequence != 8 {
		t.Errorf("sequence %d, want 8", r.Sequence)
	}
	must(t, ack(get(t, q, "new")))
	closeNow(q)
	for _, text := range dropped {
		if text != "expired ttl_expired" {
			t.Errorf("dropped %q", text)
		}
	}
	if left := slices.Collect(payloads(openQueue(t, s, config{}))); !slices.Equal(left, []string{"delayed"}) {
		t.Errorf("left %q", left)
	}
}

func ack(d pitboss.Delivery[string]) error { return d.Ack() }

func payloads(q *natsqueue.Queue[string]) func(func(string) bool) {
	return func(yield func(string) bool) {
		for d := range q.Remaining() {
			if !yield(d.Payload) {
				return
			}
		}
	}
}

// A retry's backoff holds its key back also across a restart, and a delay counts
// from when the message came.
func TestRestartKeepsKeysAndDelays(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	c := config{Config: queue.Config[string]{OrderByKey: true}}
	q := openQueue(t, s, c)
	for _, payload := range []string{"a1", "a2"} {
		put(t, q, pitboss.Message[string]{Payload: payload, Key: "a"})
	}
	d := get(t, q, "a1")
	due := time.Now().Add(300 * time.Millisecond)
	must(t, d.Nak(300*time.Millisecond))
	later := time.Now().Add(599 * time.Millisecond)
	put(t, q, pitboss.Message[string]{Payload: "later", Delay: 600 * time.Millisecond})
	closeNow(q)
	q = openQueue(t, s, c)
	d = get(t, q, "a1")
	if now := time.Now(); now.Before(due.Add(-time.Millisecond)) {
		t.Errorf("%s early", due.Sub(now))
	}
	must(t, d.Ack())
	must(t, ack(get(t, q, "a2")))
	get(t, q, "later")
	if now := time.Now(); now.Before(later) {
		t.Errorf("%s early", later.Sub(now))
	}
}

func TestRestartKeepsDedupeWindow(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	c := config{Config: queue.Config[string]{DedupeWindow: time.Hour}, CompactBytes: 1}
	q := openQueue(t, s, c)
	for _, id := range []string{"gone", "there"} {
		put(t, q, pitboss.Message[string]{Payload: id, ID: id})
	}
	must(t, ack(get(t, q, "gone")))
	for range 3 { // the second time from the copies that the clean-up made
		for i := range 50 {
			put(t, q, pitboss.Message[string]{Payload: fmt.Sprint(i), Priority: pitboss.High})
			must(t, ack(get(t, q, fmt.Sprint(i))))
		}
		closeNow(q)
		q = openQueue(t, s, c)
		for i, id := range []string{"gone", "there"} {
			r := put(t, q, pitboss.Message[string]{Payload: id, ID: id})
			if !r.Duplicate || r.Sequence != uint64(i+1) {
				t.Errorf("%s: receipt %+v", id, r)
			}
		}
	}
	must(t, ack(get(t, q, "there")))
}

func TestSecondOwnerFencesTheFirst(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	first := openQueue(t, s, config{})
	put(t, first, pitboss.Message[string]{Payload: "a"})
	d := get(t, first, "a")
	waiting := make(chan error, 1)
	go func() {
		_, err := first.Dequeue(context.Background())
		waiting <- err
	}()
	second := openQueue(t, s, config{})
	if _, err := first.Enqueue(t.Context(), pitboss.Message[string]{Payload: "b"}); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("enqueue: got %v, want %v", err, natsqueue.ErrFenced)
	}
	if err := <-waiting; !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("dequeue: got %v, want %v", err, natsqueue.ErrFenced)
	}
	if _, err := first.Enqueue(t.Context(), pitboss.Message[string]{Payload: "c"}); !errors.Is(err, natsqueue.ErrFenced) {
		t.Errorf("enqueue: got %v, want %v", err, natsqueue.ErrFenced)
	}
	_ = d.Ack() // changes nothing any more
	must(t, ack(get(t, second, "a")))
}

func TestMessageTooLarge(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{MaxPayload: 1 << 20}))
	q := openQueue(t, s, config{})
	_, err := q.Enqueue(t.Context(), pitboss.Message[string]{Payload: strings.Repeat("x", 1<<20)})
	var fault *natsqueue.SizeError
	if !errors.As(err, &fault) || !errors.Is(err, pitboss.ErrInvalid) {
		t.Fatalf("got %v, want a SizeError", err)
	}
	big := strings.Repeat("x", 1<<19-1000)
	put(t, q, pitboss.Message[string]{Payload: big})
	put(t, q, pitboss.Message[string]{Payload: big})
	closeNow(q)
	q = openQueue(t, s, config{})
	must(t, ack(get(t, q, big)))
	must(t, ack(get(t, q, big)))
}

// The log must not grow without bound, nor lose what stays for long while all
// around it comes and goes.
func TestLogIsCleanedUp(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	c := config{CompactBytes: 64 << 10}
	q := openQueue(t, s, c)
	natsqueue.PurgeAtOnce(q)
	stays := pitboss.Message[string]{Payload: "stays", Delay: 2 * time.Hour}
	put(t, q, stays)
	put(t, q, pitboss.Message[string]{Payload: "delayed", Delay: time.Hour})
	body := strings.Repeat("x", 1000)
	deadline := time.Now().Add(patience)
	for {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 40 {
					if _, err := q.Enqueue(t.Context(), pitboss.Message[string]{Payload: body}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 320 {
			must(t, ack(get(t, q, body)))
		}
		all.Wait()
		if written, kept := natsqueue.LogBytes(q); written > 10*kept && written > 2<<20 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d bytes written, %d kept", written, kept)
		}
	}
	closeNow(q)
	q = openQueue(t, s, c)
	if left := slices.Collect(payloads(q)); !slices.Equal(left, []string{"stays", "delayed"}) {
		t.Errorf("left %q", left)
	}
}

func TestQueueConfigFaults(t *testing.T) {
	s := opened(t, started(t, natsqueue.EmbeddedConfig{}))
	for name, want := range map[string]string{"": "name", "a.b": "name"} {
		_, err := natsqueue.OpenQueue(t.Context(), s, config{Config: queue.Config[string]{Name: name}, CompactBytes: -1})
		if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "compact_bytes") {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err := natsqueue.OpenQueue(t.Context(), s, config{Config: queue.Config[string]{Name: "a", Capacity: -1}})
	if !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
