package route

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestIndexAgainstNaive lets subscriptions come and go and compares every match,
// by topic and by handle, with an index that asks every subscription.
func TestIndexAgainstNaive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		separators := rapid.SampledFrom([]string{"./", ".", "/"}).Draw(t, "separators")
		config := TopicConfig{Levels: 6, Length: 80}
		if len(separators) == 1 {
			config.Separator = separators[0]
		}
		x, err := NewIndex[int](config)
		if err != nil {
			t.Fatal(err)
		}
		// Few names, so that they meet; some long, and alike at their ends.
		names := []string{"a", "b", "ab", "room-17", "room-170", "a-rather-long-level", "a-rather-lung-level"}
		text := func(names []string) *rapid.Generator[string] {
			return rapid.Custom(func(t *rapid.T) string {
				s := rapid.SampledFrom(names).Draw(t, "level")
				for range rapid.IntRange(0, 6).Draw(t, "more") {
					s += string(rapid.SampledFrom([]byte(separators)).Draw(t, "separator")) + rapid.SampledFrom(names).Draw(t, "level")
				}
				return s
			})
		}
		topics := text(names)
		patterns := text(append([]string{"+", "*", "#"}, names...))

		model := naive{separators: separators, config: config, patterns: map[int]string{}}
		live := map[int]Subscription{}
		handles := map[string]*Topic[int]{}
		next := 0
		t.Repeat(map[string]func(*rapid.T){
			"subscribe": func(t *rapid.T) {
				p := patterns.Draw(t, "pattern")
				s, err := x.Subscribe(p, next)
				if valid := naiveValid(p, separators, config, true); valid != (err == nil) {
					t.Fatalf("Subscribe(%q): %v, want valid %v", p, err, valid)
				}
				if err == nil {
					model.patterns[next], live[next] = p, s
					next++
				}
			},
			"end": func(t *rapid.T) {
				if len(live) == 0 {
					return
				}
				ids := make([]int, 0, len(live))
				for id := range live {
					ids = append(ids, id)
				}
				slices.Sort(ids)
				id := rapid.SampledFrom(ids).Draw(t, "id")
				live[id].End()
				delete(live, id)
				delete(model.patterns, id)
			},
			"match": func(t *rapid.T) {
				topic := topics.Draw(t, "topic")
				want := model.match(topic)
				if got := matched(x, topic); !slices.Equal(got, want) {
					t.Fatalf("Match(%q) = %v, want %v of %v", topic, got, want, model.patterns)
				}
				h := handles[topic]
				if h == nil {
					if h, err = x.Topic(topic); err != nil {
						return
					}
					handles[topic] = h
				}
				if got := slices.Sorted(slices.Values(h.Match())); !slices.Equal(got, want) {
					t.Fatalf("handle of %q: %v, want %v of %v", topic, got, want, model.patterns)
				}
			},
			"": func(t *rapid.T) {
				if x.Len() != len(live) {
					t.Fatalf("Len %d, want %d", x.Len(), len(live))
				}
			},
		})
	})
}

// FuzzIndex compares one topic and two patterns of any bytes with the rule.
func FuzzIndex(f *testing.F) {
	f.Add("room.7.moves", "room.+.moves", "#", byte(0))
	f.Add("room/7", "room.*", "room.7.#", byte(0))
	f.Add("a/b.c", "a/+", "+", byte('/'))
	f.Add("a..b", "a.#.b", "+a", byte('.'))
	f.Add("12345678.12345678/1", "+.+.+", "12345678.#", byte(0))
	f.Fuzz(func(t *testing.T, topic, one, other string, separator byte) {
		config := TopicConfig{Separator: separator, Levels: 8, Length: 100}
		separators := map[byte]string{0: "./", '.': ".", '/': "/"}[separator]
		x, err := NewIndex[int](config)
		if (err == nil) != (separators != "") {
			t.Fatalf("separator %q: %v", separator, err)
		}
		if err != nil {
			return
		}
		model := naive{separators: separators, config: config, patterns: map[int]string{}}
		var subs []Subscription
		for i, p := range []string{one, other, one} {
			s, err := x.Subscribe(p, i)
			if valid := naiveValid(p, separators, config, true); valid != (err == nil) {
				t.Fatalf("Subscribe(%q): %v, want valid %v", p, err, valid)
			}
			if err == nil {
				model.patterns[i] = p
				subs = append(subs, s)
			}
		}
		if valid := naiveValid(topic, separators, config, false); valid != (x.Check(topic) == nil) {
			t.Fatalf("Check(%q): %v, want valid %v", topic, x.Check(topic), valid)
		}
		if got, want := matched(x, topic), model.match(topic); !slices.Equal(got, want) {
			t.Fatalf("Match(%q) = %v, want %v of %v", topic, got, want, model.patterns)
		}
		for _, s := range subs {
			s.End()
		}
		if got := matched(x, topic); len(got) > 0 || x.nodes.live+x.topics.live > 0 {
			t.Fatalf("%v match, %d nodes are left", got, x.nodes.live)
		}
	})
}
