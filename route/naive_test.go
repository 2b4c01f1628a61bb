package route

import (
	"slices"
	"strings"
	"testing"
)

// naiveMatches is the rule of topic patterns, as plainly as it can be said.
// Pattern and topic are well-formed.
func naiveMatches(pattern, topic []string) bool {
	switch {
	case len(pattern) == 0:
		return len(topic) == 0
	case pattern[0] == "#":
		return true
	case len(topic) == 0:
		return false
	case pattern[0] == "+", pattern[0] == "*", pattern[0] == topic[0]:
		return naiveMatches(pattern[1:], topic[1:])
	}
	return false
}

func naiveSplit(text, separators string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) })
}

// naiveValid says whether text has well-formed levels.
func naiveValid(text, separators string, c TopicConfig, isPattern bool) bool {
	c = c.withDefaults()
	if len(text) > c.Length {
		return false
	}
	for _, b := range []byte(text) {
		if b < 0x20 || b == 0x7f {
			return false
		}
	}
	cut := strings.NewReplacer(separators[:1], "\x00", separators[len(separators)-1:], "\x00").Replace(text)
	levels := strings.Split(cut, "\x00")
	if len(levels) > c.Levels || slices.Contains(levels, "") {
		return false
	}
	for i, level := range levels {
		if !strings.ContainsAny(level, "+*#") {
			continue
		}
		alone := level == "+" || level == "*" || level == "#" && i == len(levels)-1
		if !isPattern || !alone {
			return false
		}
	}
	return true
}

// naive is an index that asks every subscription.
type naive struct {
	separators string
	config     TopicConfig
	patterns   map[int]string
}

func (n *naive) match(topic string) []int {
	if !naiveValid(topic, n.separators, n.config, false) {
		return nil
	}
	var found []int
	for id, p := range n.patterns {
		if naiveMatches(naiveSplit(p, n.separators), naiveSplit(topic, n.separators)) {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return found
}

func matched(x *Index[int], topic string) []int {
	found := x.Match(topic, nil)
	slices.Sort(found)
	return found
}

func newTestIndex(tb testing.TB, c TopicConfig) *Index[int] {
	tb.Helper()
	x, err := NewIndex[int](c)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func subscribe[V any](tb testing.TB, x *Index[V], pattern string, v V) Subscription {
	tb.Helper()
	s, err := x.Subscribe(pattern, v)
	if err != nil {
		tb.Fatalf("Subscribe(%q): %v", pattern, err)
	}
	return s
}
