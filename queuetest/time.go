package queuetest

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/pitboss-dev/pitboss"
)

var timeCases = []testCase{
	{name: "delay", test: testDelay},
	{name: "delays never early", test: testDelaysNeverEarly},
	{name: "sub-tick delay", test: testShortDelay},
	{name: "delay wakes a consumer", test: testDelayWakes},
	{name: "retry delay", test: testRetryDelay},
	{name: "ttl", test: testTTL},
	{name: "ttl counts from enqueue", test: testTTLOfDelayed},
	{name: "ttl while in flight", test: testTTLInFlight},
	{name: "deadline", test: testDeadline},
	{name: "deadline of the past", test: testPastDeadline},
	{name: "longest durations", test: testLongest},
	{name: "no reports", without: Reports, test: testNoReports},
}

func testDelay(s *scene) {
	start := time.Now()
	s.put(
		pitboss.Message[string]{Payload: "late", Delay: 8 * s.tick},
		pitboss.Message[string]{Payload: "soon", Delay: 6 * s.tick},
		text("now"),
	)
	s.ack(s.get("now"))
	if st, ok := s.stats(); ok && (st.Delayed != 2 || st.Len() != 0) {
		s.Errorf("stats %+v", st)
	}
	s.ack(s.get("soon"))
	if waited := time.Since(start); waited < 6*s.tick {
		s.Errorf("soon came after %v", waited)
	}
	s.ack(s.get("late"))
	if waited := time.Since(start); waited < 8*s.tick {
		s.Errorf("late came after %v", waited)
	}
}

func testDelaysNeverEarly(s *scene) {
	const n = 1000
	random := rand.New(rand.NewPCG(3, 4))
	due := map[string]time.Time{}
	for i := range n {
		m := pitboss.Message[string]{Payload: strconv.Itoa(i), Delay: time.Duration(random.Int64N(int64(2 * s.tick)))}
		due[m.Payload] = time.Now().Add(m.Delay)
		s.put(m)
	}
	for range n {
		d := s.take()
		if early := time.Until(due[d.Payload]); early > 0 {
			s.Fatalf("%s is early by %v", d.Payload, early)
		}
		s.ack(d)
	}
}

func testShortDelay(s *scene) {
	start := time.Now()
	s.put(pitboss.Message[string]{Payload: "a", Delay: 5 * time.Millisecond})
	s.ack(s.get("a"))
	if waited := time.Since(start); waited < 5*time.Millisecond {
		s.Errorf("5 ms took %v", waited)
	} else if s.backend.FakeTime && waited > 6*time.Millisecond {
		s.Errorf("5 ms took %v, with nothing in the way", waited)
	}
}

func testDelayWakes(s *scene) {
	got := make(chan string, 1)
	go func() {
		d, err := s.Dequeue(s.Context())
		if err != nil || d.Ack() != nil {
			s.Error(err)
		}
		got <- d.Payload
	}()
	s.put(pitboss.Message[string]{Payload: "late", Delay: 10 * s.tick})
	s.put(pitboss.Message[string]{Payload: "soon", Delay: 2 * s.tick}) // earlier than what is waited for
	if p := <-got; p != "soon" {
		s.Errorf("got %q", p)
	}
	s.ack(s.get("late"))
}

func testRetryDelay(s *scene) {
	s.put(text("a"), text("b"))
	start := time.Now()
	s.must(s.get("a").Nak(3 * s.tick))
	s.ack(s.get("b"))
	a := s.get("a")
	if waited := time.Since(start); waited < 3*s.tick {
		s.Errorf("retried after %v", waited)
	}
	s.put(text("c"))
	s.must(a.Nak(0))
	s.ack(s.get("a"), s.get("c"))
}

func testTTL(s *scene) {
	s.put(pitboss.Message[string]{Payload: "short", TTL: 50 * s.tick}, text("a"))
	a := s.get("short")
	s.ack(a) // in time
	s.ack(s.get("a"))
	s.put(pitboss.Message[string]{Payload: "gone", TTL: 2 * s.tick})
	s.dropped("gone", pitboss.ReasonTTL)
	s.nothing(1)
	if st, ok := s.stats(); ok && st.Expired != 1 {
		s.Errorf("stats %+v", st)
	}
}

func testTTLOfDelayed(s *scene) {
	s.put(pitboss.Message[string]{Payload: "gone", TTL: 2 * s.tick, Delay: 4 * s.tick})
	s.put(pitboss.Message[string]{Payload: "kept", TTL: 50 * s.tick, Delay: 4 * s.tick})
	s.ack(s.get("kept"))
	s.dropped("gone", pitboss.ReasonTTL)
}

func testTTLInFlight(s *scene) {
	s.put(pitboss.Message[string]{Payload: "a", TTL: 6 * s.tick}, pitboss.Message[string]{Payload: "b", TTL: 6 * s.tick})
	a, b := s.get("a"), s.get("b")
	s.nothing(7)
	// It was delivered in time, so it may be acknowledged late, but not
	// delivered again.
	s.ack(a)
	s.must(b.Nak(0))
	s.dropped("b", pitboss.ReasonTTL)
	s.nothing(1)
}

func testDeadline(s *scene) {
	s.put(pitboss.Message[string]{Payload: "gone", Deadline: time.Now().Add(2 * s.tick)})
	s.put(pitboss.Message[string]{Payload: "both", TTL: 9 * s.tick, Deadline: time.Now().Add(3 * s.tick)})
	s.dropped("gone", pitboss.ReasonDeadline)
	s.dropped("both", pitboss.ReasonDeadline)
	s.put(pitboss.Message[string]{Payload: "kept", Deadline: time.Now().Add(50 * s.tick)})
	s.ack(s.get("kept"))
	s.nothing(1)
}

func testPastDeadline(s *scene) {
	s.put(pitboss.Message[string]{Payload: "gone", Deadline: time.Now().Add(-s.tick)}, text("a"))
	s.dropped("gone", pitboss.ReasonDeadline)
	s.ack(s.get("a"))
	s.nothing(1)
	if st, ok := s.stats(); ok && (st.Expired != 1 || st.Enqueued != 2) {
		s.Errorf("stats %+v", st)
	}
}

func testLongest(s *scene) {
	const longest = time.Duration(1<<63 - 1)
	s.put(
		pitboss.Message[string]{Payload: "never", Delay: longest},
		pitboss.Message[string]{Payload: "a", TTL: longest, Deadline: time.Now().AddDate(500, 0, 0)},
	)
	a := s.get("a")
	s.must(a.Nak(longest))
	s.nothing(1)
}

func testNoReports(s *scene) {
	told := make(chan string, 10)
	s.Queue = s.backend.New(s.T, Options{Dropped: func(payload string, _ pitboss.Reason) { told <- payload }})
	s.put(pitboss.Message[string]{Payload: "gone", TTL: s.tick}, text("a"))
	s.nothingFor(told, 3)
	s.ack(s.get("a"))
}
