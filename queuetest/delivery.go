package queuetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
)

var deliveryCases = []testCase{
	{name: "whole message", test: testWholeMessage},
	{name: "invalid", test: testInvalid},
	{name: "each once among many", test: testConcurrency},
	{name: "second end", test: testSecondEnd},
	{name: "redelivery", test: testRedelivery},
	{name: "history", test: testHistory},
	{name: "term", test: testTerm},
	{name: "dead letter", test: testDeadLetter},
	{name: "never ended", test: testNeverEnded},
	{name: "no visibility", without: Visibility, options: Options{Visibility: 3}, test: testNeverEnded},
	{name: "lease ends", needs: Visibility, options: Options{Visibility: 6}, test: testLeaseEnds},
	{name: "lease kept", needs: Visibility, options: Options{Visibility: 6}, test: testLeaseKept},
	{name: "batches", needs: Batches, test: testBatches},
	{name: "no batches", without: Batches, test: func(s *scene) {
		if _, ok := s.Queue.(pitboss.BatchQueue[string]); ok {
			s.Fatal("declared without batches, but has them")
		}
	}},
	{name: "batch waits", needs: Batches, test: testBatchWaits},
	{name: "acknowledged as a batch", needs: Batches, test: testAckBatch},
	{name: "dedupe", needs: Dedupe, options: Options{DedupeWindow: 10}, test: testDedupe},
	{name: "dedupe off", test: testDedupeOff},
	{name: "no dedupe", without: Dedupe, options: Options{DedupeWindow: 10}, test: testDedupeOff},
}

func testWholeMessage(s *scene) {
	before := time.Now()
	m := pitboss.Message[string]{
		Payload: "p", Key: "k", ID: "i", Topic: "a.b", CorrelationID: "c",
		Headers: map[string]string{"h": "v"}, Priority: pitboss.High,
		TTL: 100 * s.tick, Deadline: time.Now().Add(100 * s.tick),
	}
	r, err := s.Enqueue(s.Context(), m)
	s.must(err)
	if r.Sequence != 1 || r.Duplicate {
		s.Fatalf("receipt %+v", r)
	}
	d := s.get("p")
	if d.Key != m.Key || d.ID != m.ID || d.Topic != m.Topic || d.CorrelationID != m.CorrelationID ||
		d.Headers["h"] != "v" || d.Priority != m.Priority || d.TTL != m.TTL || !d.Deadline.Equal(m.Deadline) {
		s.Errorf("got %+v, want %+v", d.Message, m)
	}
	if d.Sequence != 1 || d.Attempt != 1 || len(d.History) != 0 {
		s.Errorf("sequence %d, attempt %d, history %v", d.Sequence, d.Attempt, d.History)
	}
	// A clock may be coarse, but not by a tick.
	if d.EnqueuedAt.Before(before.Add(-s.tick)) || d.EnqueuedAt.After(time.Now()) {
		s.Errorf("enqueued at %v, before was %v", d.EnqueuedAt, before)
	}
	s.ack(d)
}

func testInvalid(s *scene) {
	for _, m := range []pitboss.Message[string]{{Priority: 9}, {Delay: -1}, {TTL: -1}} {
		_, err := s.Enqueue(s.Context(), m)
		s.want(err, pitboss.ErrInvalid)
	}
	s.nothing(1)
}

func testConcurrency(s *scene) {
	const producers, consumers, each = 8, 8, 200
	var wg, done sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range consumers {
		done.Go(func() {
			for {
				d, err := s.Dequeue(s.Context())
				if err != nil {
					if !errors.Is(err, pitboss.ErrClosed) {
						s.Error(err)
					}
					return
				}
				mu.Lock()
				seen[d.Payload]++
				mu.Unlock()
				if err := d.Ack(); err != nil {
					s.Error(err)
				}
			}
		})
	}
	for p := range producers {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Enqueue(s.Context(), text(fmt.Sprint(p, ".", i))); err != nil {
					s.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s.must(s.Close(s.Context()))
	done.Wait()
	if len(seen) != producers*each {
		s.Errorf("%d messages arrived of %d", len(seen), producers*each)
	}
	for p, n := range seen {
		if n != 1 {
			s.Errorf("%q arrived %d times", p, n)
		}
	}
}

func testSecondEnd(s *scene) {
	ends := map[string]func(*pitboss.Delivery[string]) error{
		"ack":  func(d *pitboss.Delivery[string]) error { return d.Ack() },
		"nak":  func(d *pitboss.Delivery[string]) error { return d.Nak(0) },
		"term": func(d *pitboss.Delivery[string]) error { return d.Term(pitboss.ReasonFailed) },
	}
	for first, end := range ends {
		for second, again := range ends {
			s.put(text(first + second))
			d := s.get(first + second)
			copied := *d
			s.ended(d, false)
			s.must(end(d))
			s.ended(d, true)
			s.want(again(d), pitboss.ErrEnded)
			s.want(again(&copied), pitboss.ErrEnded)
			if first == "nak" {
				redelivered := s.get(first + second)
				s.want(again(d), pitboss.ErrEnded) // still over
				s.ack(redelivered)
			}
		}
	}
	var zero pitboss.Delivery[string]
	s.want(zero.Ack(), pitboss.ErrEnded)
	s.nothing(1)
}

// ended checks what d says of itself. A queue need not be able to tell that a
// delivery has ended.
func (s *scene) ended(d *pitboss.Delivery[string], want bool) {
	ender, _ := d.Bound()
	if _, tells := ender.(pitboss.EndTeller); !tells {
		want = false
	}
	if d.Ended() != want {
		s.Errorf("Ended() = %t, want %t", d.Ended(), want)
	}
}

func testRedelivery(s *scene) {
	s.put(text("a"), text("b"), text("c"))
	a, b := s.get("a"), s.get("b")
	s.must(a.Nak(0))
	s.must(b.Nak(0))
	// Handed back, they go before what is younger, in their old order.
	for _, want := range []string{"a", "b"} {
		d := s.get(want)
		if d.Attempt != 2 {
			s.Errorf("%q attempt %d, want 2", want, d.Attempt)
		}
		s.ack(d)
	}
	s.ack(s.get("c"))
	s.nothing(1)
}

func testHistory(s *scene) {
	s.put(text("a"))
	for i := range 3 {
		d := s.get("a")
		if len(d.History) != i {
			s.Fatalf("attempt %d has history %v", d.Attempt, d.History)
		}
		for j, past := range d.History {
			if past.Error != fmt.Sprint("fault ", j) {
				s.Errorf("history %v", d.History)
			}
		}
		s.must(d.Retry(pitboss.Retry{Attempt: pitboss.Attempt{Error: fmt.Sprint("fault ", i), Worker: "w"}}))
	}
	d := s.get("a")
	s.must(d.Nak(0)) // tells nothing
	if d = s.get("a"); len(d.History) != 3 || d.Attempt != 5 {
		s.Errorf("attempt %d, history %v", d.Attempt, d.History)
	}
	s.ack(d)
}

func testTerm(s *scene) {
	s.put(text("a"), text("b"))
	s.must(s.get("a").Term(pitboss.ReasonFailed))
	s.ack(s.get("b"))
	s.nothing(1)
	if st, ok := s.stats(); ok && (st.Terminated != 1 || st.Acked != 1 || st.Nacked != 0) {
		s.Errorf("stats %+v", st)
	}
}

// testDeadLetter gives up on a message for every reason there is, and puts it
// back as whoever keeps dead letters does.
func testDeadLetter(s *scene) {
	var letters []pitboss.DeadLetter[string]
	for i, reason := range pitboss.Reasons() {
		s.put(pitboss.Message[string]{
			Payload: string(reason), Key: "k", CorrelationID: "c", Headers: map[string]string{"h": "v"},
		})
		s.must(s.get(string(reason)).Retry(pitboss.Retry{Attempt: pitboss.Attempt{Error: "fault", Worker: "w"}}))
		d := s.get(string(reason))
		letters = append(letters, pitboss.DeadLetter[string]{
			ID: strconv.Itoa(i), Message: d.Message, Sequence: d.Sequence, EnqueuedAt: d.EnqueuedAt,
			Reason: reason, Attempts: d.History,
		})
		s.must(d.Term(reason))
		s.want(d.Term(reason), pitboss.ErrEnded)
	}
	s.nothing(1)
	if st, ok := s.stats(); ok && (st.Terminated != uint64(len(letters)) || st.Acked != 0) {
		s.Errorf("stats %+v", st)
	}
	for _, l := range letters {
		if len(l.Attempts) != 1 || l.Attempts[0].Error != "fault" {
			s.Errorf("letter %+v", l)
		}
		l.Message.ID = "again-" + l.ID
		s.put(l.Message)
		d := s.get(string(l.Reason))
		if d.Attempt != 1 || len(d.History) != 0 || d.Sequence <= l.Sequence ||
			d.Key != "k" || d.CorrelationID != "c" || d.Headers["h"] != "v" {
			s.Errorf("put back it is %+v", d)
		}
		s.ack(d)
	}
}

func testNeverEnded(s *scene) {
	s.put(text("a"))
	d := s.get("a")
	s.nothing(20)
	s.ack(d)
}

func testLeaseEnds(s *scene) {
	s.put(text("a"), text("b"))
	start := time.Now()
	a := s.get("a")
	s.ack(s.get("b"))
	again := s.get("a")
	if waited := time.Since(start); waited < 6*s.tick {
		s.Errorf("came back after %v, before the lease of %v was over", waited, 6*s.tick)
	}
	if again.Attempt != 2 {
		s.Errorf("attempt %d, want 2", again.Attempt)
	}
	s.ended(a, true)
	s.ended(again, false)
	s.want(a.Ack(), pitboss.ErrEnded)
	s.want(a.Nak(0), pitboss.ErrEnded)
	s.ack(again)
	s.nothing(7)
}

func testLeaseKept(s *scene) {
	s.put(text("a"), text("b"))
	s.ack(s.get("a"))
	s.must(s.get("b").Nak(0))
	s.ack(s.get("b"))
	s.nothing(10)
}

// batch returns the queue's other face.
func (s *scene) batch() pitboss.BatchQueue[string] {
	s.Helper()
	b, ok := s.Queue.(pitboss.BatchQueue[string])
	if !ok {
		s.Fatal("not a BatchQueue, and not declared without batches")
	}
	return b
}

func testBatches(s *scene) {
	b := s.batch()
	var batch []pitboss.Message[string]
	for i := range 100 {
		batch = append(batch, text(strconv.Itoa(i)))
	}
	n, err := b.EnqueueBatch(s.Context(), batch)
	if n != 100 || err != nil {
		s.Fatal(n, err)
	}
	batch[60].TTL = -1
	n, err = b.EnqueueBatch(s.Context(), batch[50:])
	s.want(err, pitboss.ErrInvalid)
	if n != 10 {
		s.Fatalf("%d accepted before the malformed one, want 10", n)
	}
	if n, err := b.EnqueueBatch(s.Context(), nil); n != 0 || err != nil {
		s.Fatal(n, err)
	}
	if n, err := b.DequeueBatch(s.Context(), nil); n != 0 || err != nil {
		s.Fatal(n, err)
	}
	next := 0
	for next < 110 {
		var into [64]pitboss.Delivery[string]
		n, err := b.DequeueBatch(s.Context(), into[:])
		s.must(err)
		for i := range into[:n] {
			want := next
			if next >= 100 {
				want = next - 50
			}
			if into[i].Payload != strconv.Itoa(want) {
				s.Fatalf("got %q, want %d", into[i].Payload, want)
			}
			s.ack(&into[i])
			next++
		}
	}
	s.nothing(1)
}

func testBatchWaits(s *scene) {
	b := s.batch()
	got := make(chan string, 2)
	go func() {
		var into [4]pitboss.Delivery[string]
		n, err := b.DequeueBatch(s.Context(), into[:])
		if err != nil {
			s.Error(err)
		}
		for i := range into[:n] {
			got <- into[i].Payload
			if err := into[i].Ack(); err != nil {
				s.Error(err)
			}
		}
		close(got)
	}()
	s.nothingFor(got, 2)
	s.put(text("a"))
	if p := <-got; p != "a" {
		s.Errorf("got %q", p)
	}
	<-got
}

func testAckBatch(s *scene) {
	b := s.batch()
	for i := range 10 {
		s.put(text(strconv.Itoa(i)))
	}
	var into [10]pitboss.Delivery[string]
	n := 0
	for n < len(into) {
		got, err := b.DequeueBatch(s.Context(), into[n:])
		s.must(err)
		n += got
	}
	s.ack(&into[3])
	s.want(pitboss.AckBatch(into[:]), pitboss.ErrEnded) // for that one only
	for i := range into {
		s.want(into[i].Ack(), pitboss.ErrEnded)
	}
	s.nothing(1)
	if st, ok := s.stats(); ok && st.Acked != 10 {
		s.Errorf("stats %+v", st)
	}
}

func testDedupe(s *scene) {
	m := pitboss.Message[string]{Payload: "a", ID: "1"}
	first, err := s.Enqueue(s.Context(), m)
	s.must(err)
	s.put(pitboss.Message[string]{Payload: "b", ID: "2"}, text("c"), text("d"))
	again, err := s.Enqueue(s.Context(), m)
	s.must(err)
	if !again.Duplicate || again.Sequence != first.Sequence {
		s.Fatalf("second receipt %+v, first %+v", again, first)
	}
	s.ack(s.get("a"), s.get("b"), s.get("c"), s.get("d"))
	// Handled or not, it stays known for the window.
	if again, err = s.Enqueue(s.Context(), m); err != nil || !again.Duplicate {
		s.Fatalf("third receipt %+v, %v", again, err)
	}
	s.nothing(11)
	if again, err = s.Enqueue(s.Context(), m); err != nil || again.Duplicate {
		s.Fatalf("after the window: %+v, %v", again, err)
	}
	s.ack(s.get("a"))
	if st, ok := s.stats(); ok && (st.Duplicates != 2 || st.Enqueued != 5) {
		s.Errorf("stats %+v", st)
	}
}

func testDedupeOff(s *scene) {
	m := pitboss.Message[string]{Payload: "a", ID: "1"}
	s.put(m, m)
	s.ack(s.get("a"), s.get("a"))
}

// nothingFor checks that c stays silent for as long as wait, in ticks.
func (s *scene) nothingFor(c <-chan string, wait int) {
	s.Helper()
	timer := time.NewTimer(time.Duration(wait) * s.tick)
	defer timer.Stop()
	select {
	case p := <-c:
		s.Fatalf("got %q, want nothing yet", p)
	case <-timer.C:
	}
}
