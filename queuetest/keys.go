package queuetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/pitboss-dev/pitboss"
)

var keyCases = []testCase{
	{name: "one at a time", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testOneAtATime},
	{name: "held back by a retry", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testHeldBack},
	{name: "passed by", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testPassedBy},
	{name: "ended for good", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testKeyGoesOn},
	{name: "turns", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testTurns},
	{name: "no key", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testNoKey},
	{name: "an urgent message lifts its key", needs: KeyedOrder | Priority, options: Options{OrderByKey: true}, test: testLift},
	{name: "switched on later", needs: KeyedOrder, test: testSwitchedOn},
	{name: "random failures", needs: KeyedOrder, options: Options{OrderByKey: true}, test: testRandomFailures},
	{name: "no keyed order", without: KeyedOrder, test: func(s *scene) {
		if _, ok := s.Queue.(pitboss.KeyOrderer); ok {
			s.Fatal("declared without keyed order, but has it")
		}
	}},
}

func testOneAtATime(s *scene) {
	s.put(keyed("a", "a1"), keyed("a", "a2"), keyed("b", "b1"), keyed("b", "b2"))
	a1, b1 := s.get("a1"), s.get("b1")
	s.nothing(2)
	s.ack(b1)
	b2 := s.get("b2")
	s.ack(a1)
	a2 := s.get("a2")
	s.ack(b2, a2)
}

func testHeldBack(s *scene) {
	s.put(keyed("a", "a1"), keyed("a", "a2"), keyed("b", "b1"))
	start := time.Now()
	s.must(s.get("a1").Nak(3 * s.tick))
	s.ack(s.get("b1"))
	a1 := s.get("a1")
	if waited := time.Since(start); waited < 3*s.tick {
		s.Errorf("retried after %v", waited)
	}
	s.must(a1.Nak(0))
	s.ack(s.get("a1"))
	s.ack(s.get("a2"))
	s.nothing(1)
}

func testPassedBy(s *scene) {
	s.put(keyed("a", "a1"), keyed("a", "a2"), keyed("a", "a3"))
	s.must(s.get("a1").Retry(pitboss.Retry{Delay: 3 * s.tick, Pass: true}))
	a2 := s.get("a2")
	s.nothing(5) // a1 is due, but one at a time still holds
	s.ack(a2)
	s.ack(s.get("a3"))
	a1 := s.get("a1") // at the end of its key
	if a1.Attempt != 2 {
		s.Errorf("attempt %d", a1.Attempt)
	}
	s.ack(a1)
}

func testKeyGoesOn(s *scene) {
	s.put(keyed("a", "a1"), keyed("a", "a2"), keyed("a", "a3"))
	s.must(s.get("a1").Term(pitboss.ReasonFailed))
	s.ack(s.get("a2"))
	s.ack(s.get("a3"))
	s.put(keyed("a", "a4"))
	s.ack(s.get("a4"))
}

func testTurns(s *scene) {
	for i := range 50 {
		s.put(keyed("flood", fmt.Sprint("flood", i)))
	}
	s.put(keyed("a", "a"), keyed("b", "b"))
	// At most the one message of the flood whose turn it is goes before them.
	first := map[string]bool{}
	for range 3 {
		d := s.take()
		first[d.Payload] = true
		s.ack(d)
	}
	if !first["a"] || !first["b"] {
		s.Errorf("the first three are %v", first)
	}
	for i := 1; i < 50; i++ {
		s.ack(s.get(fmt.Sprint("flood", i)))
	}
}

func testNoKey(s *scene) {
	s.put(text("x"), text("y"), keyed("a", "a1"), keyed("a", "a2"))
	all := map[string]*pitboss.Delivery[string]{}
	for range 3 {
		d := s.take()
		all[d.Payload] = d
	}
	if all["x"] == nil || all["y"] == nil || all["a1"] == nil {
		s.Fatalf("got %v", all)
	}
	s.ack(all["a1"])
	s.ack(all["x"], all["y"], s.get("a2"))
}

func testLift(s *scene) {
	s.put(
		keyed("a", "a1"),
		pitboss.Message[string]{Payload: "high", Key: "b", Priority: pitboss.High},
		pitboss.Message[string]{Payload: "a2", Key: "a", Priority: pitboss.Critical},
	)
	// Order within the key comes first; so a1 must go for a2 to go.
	s.ack(s.get("a1"))
	s.ack(s.get("a2"))
	s.ack(s.get("high"))
}

func testSwitchedOn(s *scene) {
	orderer, ok := s.Queue.(pitboss.KeyOrderer)
	if !ok {
		s.Fatal("not a KeyOrderer, and not declared without keyed order")
	}
	s.put(keyed("a", "a1"), keyed("a", "a2"), keyed("a", "a3"), keyed("a", "a4"), keyed("b", "b1"))
	a1, a2 := s.get("a1"), s.get("a2")
	orderer.OrderByKey()
	orderer.OrderByKey()
	s.ack(s.get("b1"))
	s.nothing(1)
	s.must(a2.Nak(0))
	s.must(a1.Nak(0))
	for _, want := range []string{"a1", "a2", "a3", "a4"} {
		d := s.get(want)
		s.nothing(1)
		s.ack(d)
	}
}

// testRandomFailures: whatever fails and however long its retry takes, messages
// of a key never run at the same time and never overtake.
func testRandomFailures(s *scene) {
	const keys, each, workers = 20, 25, 8
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex // guards all below
	next := map[string]int{}
	running := map[string]bool{}
	failures := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				d, err := s.Dequeue(s.Context())
				if err != nil {
					if !errors.Is(err, pitboss.ErrClosed) {
						s.Error(err)
					}
					return
				}
				mu.Lock()
				if running[d.Key] {
					s.Errorf("key %s runs twice at a time", d.Key)
				}
				if want := fmt.Sprint(d.Key, ".", next[d.Key]); d.Payload != want {
					s.Errorf("got %s, want %s", d.Payload, want)
				}
				running[d.Key] = true
				fails, delay := random.IntN(10) == 0, time.Duration(random.IntN(3))*s.tick/4
				mu.Unlock()

				mu.Lock()
				running[d.Key] = false
				if fails {
					failures++
				} else {
					next[d.Key]++
				}
				mu.Unlock()
				if fails {
					err = d.Nak(delay)
				} else {
					err = d.Ack()
				}
				if err != nil {
					s.Error(err)
				}
			}
		})
	}
	for i := range each {
		for k := range keys {
			s.put(keyed(strconv.Itoa(k), fmt.Sprint(k, ".", i)))
		}
	}
	// Close leaves delayed messages alone that hold nobody back, so wait for
	// the last retries first.
	for {
		mu.Lock()
		left := keys * each
		for _, n := range next {
			left -= n
		}
		mu.Unlock()
		if left == 0 || s.Failed() {
			break
		}
		s.pause()
	}
	s.must(s.Close(s.Context()))
	wg.Wait()
	if failures == 0 {
		s.Error("nothing failed")
	}
}

// pause lets others go on for a moment.
func (s *scene) pause() {
	timer := time.NewTimer(s.tick / 10)
	defer timer.Stop()
	<-timer.C
}
