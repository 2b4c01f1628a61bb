package queuetest

import (
	"fmt"
	"strconv"

	"github.com/pitboss-dev/pitboss"
)

var orderCases = []testCase{
	{name: "arrival", test: testArrival},
	{name: "priority", needs: Priority, test: testPriority},
	{name: "no priority", without: Priority, test: testNoPriority},
	{name: "urgent first among handed back", needs: Priority, test: testPriorityReturned},
}

func testArrival(s *scene) {
	const n = 500
	for i := range n {
		s.put(text(strconv.Itoa(i)))
	}
	for i := range n {
		d := s.get(strconv.Itoa(i))
		if d.Sequence != uint64(i+1) {
			s.Fatalf("sequence %d of message %d", d.Sequence, i)
		}
		s.ack(d)
	}
}

// levels enqueues three rounds of all levels, least urgent first.
func (s *scene) levels() {
	for round := range 3 {
		for level := range pitboss.Priorities {
			p := pitboss.PriorityAt(level)
			s.put(pitboss.Message[string]{Payload: fmt.Sprint(p, round), Priority: p})
		}
	}
}

func testPriority(s *scene) {
	s.levels()
	if st, ok := s.stats(); ok {
		for level, n := range st.Ready {
			if n != 3 {
				s.Errorf("%d ready at level %d", n, level)
			}
		}
	}
	for level := pitboss.Priorities - 1; level >= 0; level-- {
		for round := range 3 {
			s.ack(s.get(fmt.Sprint(pitboss.PriorityAt(level), round)))
		}
	}
}

func testNoPriority(s *scene) {
	s.levels()
	for round := range 3 {
		for level := range pitboss.Priorities {
			s.ack(s.get(fmt.Sprint(pitboss.PriorityAt(level), round)))
		}
	}
}

func testPriorityReturned(s *scene) {
	s.put(pitboss.Message[string]{Payload: "low", Priority: pitboss.Low}, text("normal"))
	normal := s.get("normal")
	low := s.get("low")
	s.must(low.Nak(0))
	s.put(pitboss.Message[string]{Payload: "high", Priority: pitboss.High})
	s.must(normal.Nak(0))
	s.ack(s.get("high"), s.get("normal"), s.get("low"))
}
