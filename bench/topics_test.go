package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/route"
)

// matcher is one index of subscriptions. It returns how many match.
type matcher func(topic string) int

// matchers are what [BenchmarkTopicMatch] compares. All of them find every
// subscriber anew for each topic, into what they return to their callers.
//
//   - mochi is the topic index of the MQTT broker mochi-mqtt.
//   - sublist is the subject index of nats-server, without its cache, which
//     holds 1,024 subjects and would only be in the way of 64k.
//   - gsl is nats-server's generic index, which reports matches to a callback;
//     it collects them there.
//   - pitboss reuses its result.
var matchers = []struct {
	name      string
	separator string
	open      func(tb testing.TB, patterns []string) matcher
}{
	{"pitboss", ".", pitbossMatcher},
	{"mochi", "/", mochiMatcher},
	{"sublist", ".", sublistMatcher},
	{"gsl", ".", gslMatcher},
}

// BenchmarkTopicMatch finds the subscribers of one topic of 64k, drawn
// uniformly, among so many subscriptions, a tenth of them with wildcards.
func BenchmarkTopicMatch(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		for _, m := range matchers {
			b.Run(fmt.Sprintf("subscriptions=%d/impl=%s", n, m.name), func(b *testing.B) {
				b.ReportAllocs()
				match := m.open(b, routePatterns(n, m.separator))
				topics := drawnTopics(m.separator)
				i := 0
				for b.Loop() {
					match(topics[i%len(topics)])
					i++
				}
			})
		}
	}
}

// BenchmarkTopicHandle finds the subscribers of a topic that was resolved
// before, beside finding them anew.
func BenchmarkTopicHandle(b *testing.B) {
	x := pitbossIndex(b, routePatterns(100_000, "."))
	topics := routeTopics(".")[:256]
	handles := make([]*route.Topic[int], len(topics))
	for i, topic := range topics {
		h, err := x.Topic(topic)
		if err != nil {
			b.Fatal(err)
		}
		h.Match()
		handles[i] = h
	}
	b.Run("impl=pitboss", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			handles[i%len(handles)].Match()
			i++
		}
	})
	b.Run("impl=lookup", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		var found []int
		for b.Loop() {
			found = x.Match(topics[i%len(topics)], found[:0])
			i++
		}
	})
}

// BenchmarkTopicStorm is what readers feel of 20,000 subscriptions a second that
// come and go, on another processor.
//
//   - pitboss is in the storm, quiet without it.
func BenchmarkTopicStorm(b *testing.B) {
	for _, storm := range []bool{true, false} {
		impl := "quiet"
		if storm {
			impl = "pitboss"
		}
		b.Run("subscriptions=100000/impl="+impl, func(b *testing.B) {
			b.ReportAllocs()
			x := pitbossIndex(b, routePatterns(100_000, "."))
			topics, drawn := routeTopics("."), drawnTopics(".")
			stop, stopped := make(chan struct{}), make(chan int, 1)
			go func() {
				changes := 0
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for storm {
					select {
					case <-stop:
						stopped <- changes
						return
					case <-tick.C:
					}
					for range 20 {
						s, err := x.Subscribe(topics[changes%len(topics)], changes)
						if err != nil {
							panic(err)
						}
						s.End()
						changes++
					}
				}
				stopped <- changes
			}()
			var found []int
			i := 0
			for b.Loop() {
				found = x.Match(drawn[i%len(drawn)], found[:0])
				i++
			}
			close(stop)
			b.ReportMetric(float64(<-stopped)/b.Elapsed().Seconds(), "changes/s")
		})
	}
}

var routeKinds = [4]string{"moves", "chat", "state", "errors"}

// routeTopics are 64k topics of four levels.
func routeTopics(separator string) []string {
	topics := make([]string, 1<<16)
	for i := range topics {
		topics[i] = strings.Join([]string{"games", fmt.Sprint(i % 64), fmt.Sprintf("room-%d", i), routeKinds[i%4]}, separator)
	}
	return topics
}

// drawnTopics are those topics, drawn uniformly, in memory in the order in which
// they were drawn, as messages are that come in: to fetch their text from all
// over the memory would cost as much as to match them, and the same for all.
func drawnTopics(separator string) []string {
	topics := routeTopics(separator)
	rng := rand.New(rand.NewPCG(3, 4))
	drawn := make([]string, 1<<18)
	for i := range drawn {
		drawn[i] = strings.Clone(topics[rng.IntN(len(topics))])
	}
	return drawn
}

// routePatterns are n subscriptions to those topics, in the words of MQTT if
// the separator is a slash, and of NATS if it is a dot. Nine in ten are to one
// topic, the others to a room, to a kind of message in a room wherever it is
// played, and, four of them, to what is watched in every room: by consoles,
// metrics and logs.
func routePatterns(n int, separator string) []string {
	rng := rand.New(rand.NewPCG(1, 2))
	topics := routeTopics(separator)
	one, rest := "+", "#"
	if separator == "." {
		one, rest = "*", ">"
	}
	patterns := make([]string, n)
	broad := [][]string{{rest}, {"games", rest}, {"games", one, one, "errors"}, {one, one, one, "moves"}}
	for i := range patterns {
		if i%10 == 0 && i/10 < len(broad) {
			patterns[i] = strings.Join(broad[i/10], separator)
			continue
		}
		levels := strings.Split(topics[rng.IntN(len(topics))], separator)
		if i%10 == 0 {
			switch i / 10 % 4 {
			case 0:
				levels[3] = rest
			case 1:
				levels[1] = one
			case 2:
				levels[3] = one
			case 3:
				levels[0] = one
			}
		}
		patterns[i] = strings.Join(levels, separator)
	}
	return patterns
}

func pitbossIndex(tb testing.TB, patterns []string) *route.Index[int] {
	tb.Helper()
	x, err := route.NewIndex[int](route.TopicConfig{})
	if err != nil {
		tb.Fatal(err)
	}
	for i, p := range patterns {
		if _, err := x.Subscribe(strings.Replace(p, ">", "#", 1), i); err != nil {
			tb.Fatal(err)
		}
	}
	return x
}

func pitbossMatcher(tb testing.TB, patterns []string) matcher {
	tb.Helper()
	x := pitbossIndex(tb, patterns)
	into := make([]int, 0, 1024)
	return func(topic string) int {
		into = x.Match(topic, into[:0])
		return len(into)
	}
}

// Who finds fewer would be fast for the wrong reason.
func TestMatchersAgree(t *testing.T) {
	var found [][]int
	for _, m := range matchers {
		match := m.open(t, routePatterns(50_000, m.separator))
		var counts []int
		for _, topic := range routeTopics(m.separator)[:5_000] {
			counts = append(counts, match(topic))
		}
		found = append(found, counts)
	}
	for i, counts := range found[1:] {
		if !slices.Equal(counts, found[0]) {
			t.Errorf("%s and %s do not find the same", matchers[i+1].name, matchers[0].name)
		}
	}
	if slices.Max(found[0]) == 0 {
		t.Error("nothing matched")
	}
}
