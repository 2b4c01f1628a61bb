package queuetest

import (
	"strconv"
	"time"

	"github.com/pitboss-dev/pitboss"
)

var inspectCases = []testCase{
	{name: "no inspection", without: Inspection, test: func(s *scene) {
		if _, ok := s.Queue.(pitboss.Inspector[string]); ok {
			s.Fatal("declared without inspection, but has it")
		}
	}},
	{name: "stats", needs: Inspection, test: testStats},
	{name: "oldest", needs: Inspection, test: testOldest},
	{name: "peek", needs: Inspection, test: testPeek},
	{name: "peek by priority", needs: Inspection | Priority, test: testPeekPriority},
	{name: "peek by key", needs: Inspection | KeyedOrder, options: Options{OrderByKey: true}, test: testPeekKeys},
	{name: "clear", needs: Inspection, test: testClear},
	{name: "clear by key", needs: Inspection | KeyedOrder, options: Options{OrderByKey: true}, test: testClearKeys},
}

func (s *scene) inspector() pitboss.Inspector[string] {
	s.Helper()
	i, ok := s.Queue.(pitboss.Inspector[string])
	if !ok {
		s.Fatal("not an Inspector, and not declared without inspection")
	}
	return i
}

func testStats(s *scene) {
	q := s.inspector()
	check := func(step string, want pitboss.Stats) {
		s.Helper()
		got := q.Stats()
		got.Oldest = 0
		if got != want {
			s.Errorf("%s: got %+v, want %+v", step, got, want)
		}
	}
	want := pitboss.Stats{Capacity: q.Stats().Capacity}
	check("new", want)

	s.put(text("a"), text("b"), text("c"), pitboss.Message[string]{Payload: "late", Delay: 2 * s.tick})
	want.Enqueued, want.Delayed, want.Ready[pitboss.Normal.Level()] = 4, 1, 3
	check("enqueued", want)

	a, b, c := s.get("a"), s.get("b"), s.get("c")
	want.Delivered, want.InFlight, want.Ready[pitboss.Normal.Level()] = 3, 3, 0
	check("delivered", want)

	s.ack(a)
	s.must(b.Nak(0))
	s.must(c.Term(pitboss.ReasonFailed))
	want.Acked, want.Nacked, want.Terminated, want.InFlight, want.Ready[pitboss.Normal.Level()] = 1, 1, 1, 0, 1
	check("ended", want)

	b = s.get("b")
	late := s.get("late")
	want.Delivered, want.InFlight, want.Delayed, want.Ready[pitboss.Normal.Level()] = 5, 2, 0, 0
	check("again", want)

	s.ack(b)
	s.must(late.Nak(3 * s.tick))
	want.Acked, want.Nacked, want.InFlight, want.Delayed = 2, 2, 0, 1
	check("backing off", want)

	s.ack(s.get("late"))
	want.Acked, want.Delivered, want.Delayed = 3, 6, 0
	check("done", want)
}

func testOldest(s *scene) {
	q := s.inspector()
	if o := q.Stats().Oldest; o != 0 {
		s.Errorf("oldest of none is %v", o)
	}
	s.put(text("a"))
	s.nothingReady(3)
	s.put(text("b"))
	if o := q.Stats().Oldest; o < 2*s.tick || s.backend.FakeTime && o > 4*s.tick {
		s.Errorf("oldest is %v", o)
	}
	s.ack(s.get("a"))
	if o := q.Stats().Oldest; o >= 2*s.tick && s.backend.FakeTime {
		s.Errorf("oldest of the younger is %v", o)
	}
	s.ack(s.get("b"))
	if o := q.Stats().Oldest; o != 0 {
		s.Errorf("oldest of none is %v", o)
	}
}

// peeked checks what Peek shows against what is then delivered and acknowledged
// one by one.
func (s *scene) peeked() {
	s.Helper()
	q := s.inspector()
	st := q.Stats()
	peek := q.Peek(st.Len() + 1)
	if len(peek) != st.Len() {
		s.Fatalf("peeked at %d of %d", len(peek), st.Len())
	}
	if half := q.Peek(len(peek) / 2); len(half) != len(peek)/2 {
		s.Fatalf("peeked at %d, want %d", len(half), len(peek)/2)
	}
	if after := q.Stats(); after.Delivered != st.Delivered {
		s.Fatal("peeking delivered")
	}
	for i, m := range peek {
		d := s.take()
		if d.Payload != m.Payload {
			s.Fatalf("message %d is %q, but Peek had %q", i, d.Payload, m.Payload)
		}
		s.ack(d)
	}
	if left := q.Peek(1); len(left) != 0 {
		s.Errorf("peeked at %v of nothing", left)
	}
}

func testPeek(s *scene) {
	for i := range 10 {
		s.put(text(strconv.Itoa(i)))
	}
	a, b := s.take(), s.take()
	s.must(b.Nak(0))
	s.must(a.Nak(0))
	s.peeked()
}

func testPeekPriority(s *scene) {
	s.levels()
	s.peeked()
}

func testPeekKeys(s *scene) {
	for i := range 30 {
		s.put(keyed([]string{"", "a", "a", "b", "c"}[i%5], strconv.Itoa(i)))
	}
	s.peeked()
}

func testClear(s *scene) {
	q := s.inspector()
	s.put(text("flying"), text("a"), text("b"), pitboss.Message[string]{Payload: "late", Delay: s.tick})
	flying := s.get("flying")
	if n := q.Clear(); n != 3 {
		s.Errorf("cleared %d", n)
	}
	for _, p := range []string{"a", "b", "late"} {
		s.dropped(p, pitboss.ReasonManual)
	}
	if st := q.Stats(); st.Dropped != 3 || st.InFlight != 1 || st.Len()+st.Delayed != 0 {
		s.Errorf("stats %+v", st)
	}
	s.nothing(2)
	s.must(flying.Nak(0))
	s.ack(s.get("flying"))
	if n := q.Clear(); n != 0 {
		s.Errorf("cleared %d of nothing", n)
	}
}

func testClearKeys(s *scene) {
	q := s.inspector()
	s.put(keyed("a", "a1"), keyed("a", "a2"), keyed("b", "b1"))
	s.must(s.get("a1").Nak(time.Hour))
	b1 := s.get("b1")
	if n := q.Clear(); n != 2 {
		s.Errorf("cleared %d", n)
	}
	// A key that waited for a retry that is no more goes on.
	s.put(keyed("a", "a3"), keyed("b", "b2"))
	s.ack(s.get("a3"))
	s.nothing(1)
	s.ack(b1)
	s.ack(s.get("b2"))
}
