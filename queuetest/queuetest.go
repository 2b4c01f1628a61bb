// Package queuetest is the conformance suite of queues. Every implementation of
// [pitboss.Queue] passes it, ours and other people's:
//
//	func TestConformance(t *testing.T) {
//		queuetest.Run(t, queuetest.Backend{
//			New: func(t *testing.T, o queuetest.Options) pitboss.Queue[string] { … },
//		})
//	}
//
// A backend that lacks something says so in [Backend.Lacks]; the suite then
// tests that it is lacking, so that the declaration cannot go stale.
//
// Where the backend lives in this process, set [Backend.FakeTime]: the suite
// then runs in testing/synctest bubbles, where time passes at once and exactly.
// Elsewhere it waits in real time, by blocking calls with deadlines.
package queuetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pitboss-dev/pitboss"
)

// Backend is a kind of queue under test.
type Backend struct {
	// New makes an empty queue. What it starts it stops by t.Cleanup. It may
	// fail the test; it never returns nil.
	New func(t *testing.T, o Options) pitboss.Queue[string]

	// Lacks declares what the backend does not do. Zero: it does everything.
	Lacks Feature

	// FakeTime says that queue, timers and all live in this process, so that
	// testing/synctest can tell their time.
	FakeTime bool

	// Tick is the suite's unit of time: delays and timeouts are a few of it.
	// Zero: a second in fake time, 50 ms in real time.
	Tick time.Duration
}

// Options is what a test asks of a queue. A feature that the backend lacks is
// asked for only to see that it is lacking: ignore it.
type Options struct {
	// Capacity bounds the queue: ready, delayed and in flight together. Zero:
	// no bound.
	Capacity int
	// Overflow is what happens beyond Capacity.
	Overflow Overflow
	// Visibility is how long a delivery may be kept. Zero: for ever.
	Visibility time.Duration
	// DedupeWindow is how long a message's ID is remembered. Zero: not at all.
	DedupeWindow time.Duration
	// OrderByKey asks for keyed order.
	OrderByKey bool
	// Dropped is told of every message that left without having been ended.
	// Nil: nobody is.
	Dropped func(payload string, reason pitboss.Reason)
}

// Overflow is what a full queue does.
type Overflow uint8

// The strategies of [Options].
const (
	Reject Overflow = iota
	DropOldest
	Block
)

// Feature is something that a backend may lack.
type Feature uint

// The features. A queue that lacks Priority delivers in order of arrival; one
// that lacks Batches, KeyedOrder or Inspection does not implement
// [pitboss.BatchQueue], [pitboss.KeyOrderer] or [pitboss.Inspector]; one that
// lacks Dedupe queues a repeated ID again; one that lacks Bounds accepts
// messages beyond [Options.Capacity]; one that lacks Visibility never takes a
// delivery back by itself; one that lacks Reports tells nobody what it dropped.
const (
	Priority Feature = 1 << iota
	Batches
	KeyedOrder
	Inspection
	Dedupe
	Bounds
	Visibility
	Reports
)

// Run runs the suite.
func Run(t *testing.T, b Backend) {
	if b.Tick == 0 {
		b.Tick = 50 * time.Millisecond
		if b.FakeTime {
			b.Tick = time.Second
		}
	}
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"delivery", deliveryCases},
		{"order", orderCases},
		{"keys", keyCases},
		{"time", timeCases},
		{"bounds", boundCases},
		{"close", closeCases},
		{"cancel", cancelCases},
		{"inspect", inspectCases},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				if b.Lacks&c.needs == 0 && c.without&^b.Lacks == 0 {
					t.Run(c.name, func(t *testing.T) { b.run(t, c) })
				}
			}
		})
	}
}

// testCase is one promise.
type testCase struct {
	name    string
	needs   Feature // runs only if the backend has all of them
	without Feature // runs only if the backend lacks all of them
	options Options
	test    func(s *scene)
}

func (b Backend) run(t *testing.T, c testCase) {
	play := func(t *testing.T) {
		s := &scene{T: t, backend: b, tick: b.Tick}
		s.Queue = s.open(c.options)
		c.test(s)
		s.balance()
	}
	if b.FakeTime {
		synctest.Test(t, play)
	} else {
		play(t)
	}
}

// scene is a test with its queue.
type scene struct {
	*testing.T
	pitboss.Queue[string]
	backend Backend
	tick    time.Duration
	drops   chan drop
}

type drop struct {
	payload string
	reason  pitboss.Reason
}

// open makes a queue. Durations in o count ticks.
func (s *scene) open(o Options) pitboss.Queue[string] {
	o.Visibility *= s.tick   //nolint:durationcheck // counts ticks until here
	o.DedupeWindow *= s.tick //nolint:durationcheck // as above
	if s.backend.Lacks&Reports == 0 {
		s.drops = make(chan drop, 10_000)
		o.Dropped = func(payload string, reason pitboss.Reason) { s.drops <- drop{payload, reason} }
	}
	return s.backend.New(s.T, o)
}

// patience is longer than anything that is going to happen takes.
func (s *scene) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.Context(), 200*s.tick)
}

// put enqueues messages, which must be accepted.
func (s *scene) put(messages ...pitboss.Message[string]) {
	s.Helper()
	ctx, cancel := s.patience()
	defer cancel()
	for _, m := range messages {
		if _, err := s.Enqueue(ctx, m); err != nil {
			s.Fatalf("enqueue %q: %v", m.Payload, err)
		}
	}
}

// get dequeues a message, which must be the one wanted.
func (s *scene) get(want string) *pitboss.Delivery[string] {
	s.Helper()
	d := s.take()
	if d.Payload != want {
		s.Fatalf("got %q, want %q", d.Payload, want)
	}
	return d
}

// take dequeues a message.
func (s *scene) take() *pitboss.Delivery[string] {
	s.Helper()
	ctx, cancel := s.patience()
	defer cancel()
	d, err := s.Dequeue(ctx)
	if err != nil {
		s.Fatalf("dequeue: %v", err)
	}
	return &d
}

// nothing checks that no message can be had for as long as wait, in ticks.
func (s *scene) nothing(wait int) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Duration(wait)*s.tick)
	defer cancel()
	if d, err := s.Dequeue(ctx); err == nil {
		s.Fatalf("got %q, want nothing", d.Payload)
	} else if !errors.Is(err, context.DeadlineExceeded) {
		s.Fatalf("dequeue: %v", err)
	}
}

// ack acknowledges deliveries, which must not have been ended before.
func (s *scene) ack(ds ...*pitboss.Delivery[string]) {
	s.Helper()
	for _, d := range ds {
		s.must(d.Ack())
	}
}

// dropped waits for the report of a drop.
func (s *scene) dropped(payload string, reason pitboss.Reason) {
	s.Helper()
	if s.drops == nil {
		s.nothingReady(8) // longer than any test gives a message to live
		return
	}
	ctx, cancel := s.patience()
	defer cancel()
	select {
	case d := <-s.drops:
		if d.payload != payload || d.reason != reason {
			s.Fatalf("dropped %q for %s, want %q for %s", d.payload, d.reason, payload, reason)
		}
	case <-ctx.Done():
		s.Fatalf("no report of %q", payload)
	}
}

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// want checks that err matches target.
func (s *scene) want(err, target error) {
	s.Helper()
	if !errors.Is(err, target) {
		s.Fatalf("got error %v, want %v", err, target)
	}
}

// stats returns the statistics, where the backend has them.
func (s *scene) stats() (pitboss.Stats, bool) {
	if i, ok := s.Queue.(pitboss.Inspector[string]); ok && s.backend.Lacks&Inspection == 0 {
		return i.Stats(), true
	}
	return pitboss.Stats{}, false
}

// balance checks that every message is accounted for.
func (s *scene) balance() {
	s.Helper()
	if st, ok := s.stats(); ok {
		if err := Balanced(st); err != nil {
			s.Error(err)
		}
	}
}

// Balanced checks the equation that [pitboss.Stats] promises.
func Balanced(s pitboss.Stats) error {
	there := s.InFlight + s.Delayed + s.Len()
	if gone := s.Acked + s.Terminated + s.Expired + s.Dropped; s.Enqueued != gone+uint64(there) {
		return fmt.Errorf("enqueued %d, but %d gone and %d there: %+v", s.Enqueued, gone, there, s)
	}
	return nil
}

// text is an ordinary message.
func text(payload string) pitboss.Message[string] {
	return pitboss.Message[string]{Payload: payload}
}

// keyed is a message of a key.
func keyed(key, payload string) pitboss.Message[string] {
	return pitboss.Message[string]{Payload: payload, Key: key}
}
