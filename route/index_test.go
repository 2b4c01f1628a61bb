package route

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pitboss-dev/pitboss"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	cases := []struct {
		pattern, topic string
		want           bool
	}{
		{"room", "room", true},
		{"room", "rooms", false},
		{"room", "room.7", false},
		{"room.7", "room.7", true},
		{"room.7", "room/7", true},
		{"room/7.moves", "room.7/moves", true},
		{"room.7", "room-7", false},
		{"room.+", "room.7", true},
		{"room/+", "room.7", true},
		{"room.*", "room.7", true},
		{"room.+", "room", false},
		{"room.+", "room.7.moves", false},
		{"+.7", "room.7", true},
		{"+.7", "room.8", false},
		{"+", "room", true},
		{"+", "room.7", false},
		{"+.+", "room.7", true},
		{"#", "room", true},
		{"#", "room.7.moves", true},
		{"room.#", "room", true},
		{"room.#", "room.7", true},
		{"room.#", "room.7.moves.all", true},
		{"room.#", "rooms", false},
		{"+.#", "room", true},
		{"room.+.#", "room", false},
		{"room.+.#", "room.7", true},
		{"room.+.moves", "room.7.moves", true},
		{"room.+.moves", "room.7.chat", false},
		{"größe.+", "größe.7", true},
		// Malformed topics match nothing, not even everything.
		{"#", "", false},
		{"#", "room..7", false},
		{"#", ".room", false},
		{"#", "room.", false},
		{"#", "room.+", false},
		{"#", "room.*", false},
		{"#", "room.#", false},
		{"#", "room\n", false},
		{"#", "room\x7f", false},
		{"#", strings.Repeat("a", 256), true},
		{"#", strings.Repeat("a", 257), false},
		{"#", strings.Repeat("a.", 15) + "a", true},
		{"#", strings.Repeat("a.", 16) + "a", false},
		// Separators at and around the borders of words of 8 bytes and blocks of 64.
		{"+.+", "1234567.9", true},
		{"+.+", "12345678.0", true},
		{"+.+", strings.Repeat("a", 63) + "." + "b", true},
		{"+.+", strings.Repeat("a", 64) + "." + "b", true},
		{"+.+.+", strings.Repeat("a", 63) + "." + strings.Repeat("a", 64) + "/b", true},
	}
	for _, c := range cases {
		x := newTestIndex(t, TopicConfig{})
		s := subscribe(t, x, c.pattern, 1)
		if got := len(x.Match(c.topic, nil)) == 1; got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.topic, got, c.want)
		}
		s.End()
		if got := x.Match(c.topic, nil); len(got) > 0 {
			t.Errorf("%q still matches %q after its end", c.pattern, c.topic)
		}
	}
}

func TestSeparator(t *testing.T) {
	t.Parallel()
	cases := []struct {
		separator      byte
		pattern, topic string
		want           bool
	}{
		{'/', "files/+", "files/a.txt", true},
		{'/', "files/a.txt", "files/a.txt", true},
		{'/', "files/a.txt", "files/a/txt", false},
		{'/', "+", "a.b.c", true},
		{'.', "v1.+", "v1.a/b", true},
		{'.', "a/b.c", "a.b.c", false},
	}
	for _, c := range cases {
		x := newTestIndex(t, TopicConfig{Separator: c.separator})
		subscribe(t, x, c.pattern, 1)
		if got := len(x.Match(c.topic, nil)) == 1; got != c.want {
			t.Errorf("separator %q: %q matches %q: %v, want %v", c.separator, c.pattern, c.topic, got, c.want)
		}
	}
}

// Long topics that differ in a separator only meet in the table sooner or later.
func TestSeparatorFarIntoATopic(t *testing.T) {
	t.Parallel()
	for _, separator := range []byte{0, '.', '/'} {
		x := newTestIndex(t, TopicConfig{Separator: separator})
		start := strings.Repeat("a", 40)
		subscribe(t, x, start+strings.Repeat(".a", 12), 1)
		for bits := range 1 << 12 {
			topic := start
			for i := range 12 {
				topic += string("./"[bits>>i&1]) + "a"
			}
			if got, want := len(x.Match(topic, nil)) == 1, bits == 0 || separator == 0; got != want {
				t.Fatalf("separator %q: %q matches: %v, want %v", separator, topic, got, want)
			}
		}
	}
}

func TestBadPatterns(t *testing.T) {
	t.Parallel()
	x := newTestIndex(t, TopicConfig{Levels: 3, Length: 12})
	for _, p := range []string{
		"", ".", "a.", ".a", "a..b", "a.#.b", "#.a", "a+", "+a", "a.b*", "a#", "##", "++",
		"a.b.c.d", "a.b.c.#", "a.b\n", "a\x00", "a.very.long.one",
	} {
		_, err := x.Subscribe(p, 1)
		var field *pitboss.FieldError
		if !errors.As(err, &field) || field.Field != "pattern" || !errors.Is(err, pitboss.ErrInvalid) {
			t.Errorf("Subscribe(%q): %v, want a fault of the pattern", p, err)
		}
	}
	if x.Len() != 0 {
		t.Errorf("%d subscriptions of bad patterns", x.Len())
	}
	if err := x.Check("a.+"); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("Check of a wildcard: %v", err)
	}
	if err := x.Check("a.b"); err != nil {
		t.Errorf("Check of a topic: %v", err)
	}
	if _, err := x.Topic("a..b"); !errors.Is(err, pitboss.ErrInvalid) {
		t.Errorf("Topic of an empty level: %v", err)
	}
}

func TestBadConfigTellsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := NewIndex[int](TopicConfig{Separator: '-', Levels: MaxLevels + 1, Length: -1})
	for _, field := range []string{"separator", "levels", "length"} {
		if !errors.Is(err, pitboss.ErrInvalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("error %v does not name %s", err, field)
		}
	}
	if _, err := NewIndex[int](TopicConfig{Levels: MaxLevels, Length: MaxLength}); err != nil {
		t.Errorf("the largest bounds: %v", err)
	}
}

func TestOnePatternKeepsOrder(t *testing.T) {
	t.Parallel()
	x := newTestIndex(t, TopicConfig{})
	var subs []Subscription
	for i := range 20 {
		subs = append(subs, subscribe(t, x, "room.+", i))
	}
	before := x.Match("room.1", nil)
	subs[3].End()
	subs[3].End()
	subs[19].End()
	subscribe(t, x, "room.+", 20)
	want := []int{0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20}
	if got := x.Match("room.1", nil); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(before) != 20 || before[19] != 19 || x.Len() != len(want) {
		t.Errorf("earlier match %v, length %d", before, x.Len())
	}
	Subscription{}.End()
}

// A topic that is in more places of the trie at once than are looked at side by
// side.
func TestManyPlacesAtOnce(t *testing.T) {
	t.Parallel()
	x := newTestIndex(t, TopicConfig{})
	const levels = 8
	for i := range 1 << levels {
		p := make([]string, levels)
		for j := range p {
			p[j] = [2]string{"+", "a"}[i>>j&1]
		}
		subscribe(t, x, strings.Join(p, "."), i)
	}
	want := make([]int, 1<<levels)
	for i := range want {
		want[i] = i
	}
	if got := matched(x, strings.Repeat("a.", levels-1)+"a"); !slices.Equal(got, want) {
		t.Errorf("%d of %d match", len(got), len(want))
	}
	if got := matched(x, strings.Repeat("a.", levels-1)+"b"); len(got) != 1<<(levels-1) {
		t.Errorf("%d of %d match", len(got), 1<<(levels-1))
	}
}

// Ending all subscriptions leaves nothing behind.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	x := newTestIndex(t, TopicConfig{})
	var subs []Subscription
	for i := range 5_000 {
		for _, p := range []string{"a.%d", "a.+.%d", "a.%d.#", "+.%d.b"} {
			subs = append(subs, subscribe(t, x, fmt.Sprintf(p, i), i))
		}
	}
	rand.Shuffle(len(subs), func(i, j int) { subs[i], subs[j] = subs[j], subs[i] })
	for _, s := range subs {
		s.End()
	}
	if x.topics.live != 0 || x.nodes.live != 0 || x.root.children != 0 || !x.root.empty() || x.Len() != 0 {
		t.Errorf("%d topics, %d nodes, %d children, %d subscriptions left", x.topics.live, x.nodes.live, x.root.children, x.Len())
	}
	if n := len(*x.nodes.groups.Load()); n > minGroups {
		t.Errorf("%d groups left", n)
	}
}

// A steady coming and going must not fill the table with what has gone.
func TestTableDoesNotGrowWithoutNeed(t *testing.T) {
	t.Parallel()
	x := newTestIndex(t, TopicConfig{})
	for i := range 100_000 {
		s := subscribe(t, x, fmt.Sprintf("room.%d.#", i), i)
		s.End()
	}
	if n := len(*x.nodes.groups.Load()); n > minGroups {
		t.Errorf("%d groups for one subscription at a time", n)
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	x := newTestIndex(t, TopicConfig{})
	for i, p := range []string{"room.7.moves", "room.+.moves", "room.#", "#", "+.7.+"} {
		subscribe(t, x, p, i)
	}
	h, err := x.Topic("room.7.moves")
	if err != nil {
		t.Fatal(err)
	}
	h.Match()
	into := make([]int, 0, 8)
	if n := testing.AllocsPerRun(100, func() {
		into = x.Match("room.7.moves", into[:0])
		if len(into) != 5 || len(h.Match()) != 5 {
			t.Error("not all matched")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
