package route

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchPatterns draws n subscriptions, a tenth with wildcards, over 64k topics
// of four levels.
func benchTopics() []string {
	topics := make([]string, 1<<16)
	for i := range topics {
		topics[i] = fmt.Sprintf("games.%d.room-%d.%s", i%64, i, [4]string{"moves", "chat", "state", "errors"}[i%4])
	}
	return topics
}

func benchPatterns(n int, topics []string) []string {
	rng := rand.New(rand.NewPCG(1, 2))
	patterns := make([]string, n)
	kinds := [4]string{"moves", "chat", "state", "errors"}
	broad := []string{"#", "games.#", "games.+.+.errors", "+.+.+.moves"}
	for i := range patterns {
		if i%10 == 0 && i/10 < len(broad) {
			patterns[i] = broad[i/10]
			continue
		}
		k := rng.IntN(len(topics))
		if i%10 != 0 {
			patterns[i] = topics[k]
			continue
		}
		switch i / 10 % 4 {
		case 0:
			patterns[i] = fmt.Sprintf("games.%d.room-%d.#", k%64, k)
		case 1:
			patterns[i] = fmt.Sprintf("games.+.room-%d.%s", k, kinds[k%4])
		case 2:
			patterns[i] = fmt.Sprintf("games.%d.room-%d.+", k%64, k)
		case 3:
			patterns[i] = fmt.Sprintf("+.%d.room-%d.%s", k%64, k, kinds[k%4])
		}
	}
	return patterns
}

func benchIndex(b *testing.B, n int, topics []string) *Index[int] {
	b.Helper()
	x, err := NewIndex[int](TopicConfig{})
	if err != nil {
		b.Fatal(err)
	}
	for i, p := range benchPatterns(n, topics) {
		if _, err := x.Subscribe(p, i); err != nil {
			b.Fatal(err)
		}
	}
	return x
}

func BenchmarkMatch(b *testing.B) {
	topics := benchTopics()
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		x := benchIndex(b, n, topics)
		b.Run(fmt.Sprintf("subscriptions=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			rng := rand.New(rand.NewPCG(3, 4))
			into := make([]int, 0, 1024)
			matched, i := 0, 0
			for b.Loop() {
				into = x.Match(topics[rng.Uint32()&0xffff], into[:0])
				matched += len(into)
				i++
			}
			b.ReportMetric(float64(matched)/float64(i), "matches/op")
		})
	}
}

func BenchmarkTopicHandle(b *testing.B) {
	topics := benchTopics()
	x := benchIndex(b, 100_000, topics)
	handles := make([]*Topic[int], 256)
	for i := range handles {
		h, err := x.Topic(topics[i])
		if err != nil {
			b.Fatal(err)
		}
		h.Match()
		handles[i] = h
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		_ = handles[i&255].Match()
		i++
	}
}
