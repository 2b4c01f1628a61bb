package route

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"

	"github.com/pitboss-dev/pitboss"
)

// Bounds of topics and patterns.
const (
	// MaxLevels is the largest bound on levels that can be set.
	MaxLevels = 32
	// MaxLength is the largest bound on length that can be set, in bytes.
	MaxLength = 4096

	defaultLevels = 16
	defaultLength = 256
)

// TopicConfig says how topics are read. Its zero value takes dots and slashes
// alike.
type TopicConfig struct {
	// Separator stands between levels: '.' or '/'. Zero: both do, and mean the
	// same, so that room.7 and room/7 are one topic.
	Separator byte
	// Levels bounds the levels of a topic and of a pattern, at most [MaxLevels].
	// Zero: 16.
	Levels int
	// Length bounds their length in bytes, at most [MaxLength]. Zero: 256.
	Length int
}

func (c TopicConfig) withDefaults() TopicConfig {
	if c.Levels == 0 {
		c.Levels = defaultLevels
	}
	if c.Length == 0 {
		c.Length = defaultLength
	}
	return c
}

func (c TopicConfig) check(faults *pitboss.FieldErrors) {
	if c.Separator != 0 && c.Separator != '.' && c.Separator != '/' {
		faults.Add("separator", string(rune(c.Separator)), "zero (both), '.' or '/'")
	}
	if c.Levels < 0 || c.Levels > MaxLevels {
		faults.Add("levels", c.Levels, fmt.Sprintf("1 to %d, or zero (%d)", MaxLevels, defaultLevels))
	}
	if c.Length < 0 || c.Length > MaxLength {
		faults.Add("length", c.Length, fmt.Sprintf("1 to %d, or zero (%d)", MaxLength, defaultLength))
	}
}

// grammar takes topics and patterns apart.
type grammar struct {
	levels, length int
	separator      word   // eight times
	either         word   // ones: the separator with its lowest bit clear separates, too
	seed           uint64 // of all hashes; secret, so that nobody can choose names that collide
}

func newGrammar(c TopicConfig) grammar {
	c = c.withDefaults()
	g := grammar{levels: c.Levels, length: c.Length, separator: word(c.Separator) * ones, seed: rand.Uint64()}
	if c.Separator == 0 {
		g.separator, g.either = '/'*ones, ones
	}
	return g
}

func (g *grammar) separates(b byte) bool {
	return b|byte(g.either) == byte(g.separator)
}

// headWords is how many words of a topic are compared without a look at its text.
const headWords = 4

// topic is a topic taken apart. It lives on the stack of whoever matches.
type topic struct {
	name string
	tag  uint64          // hash of the whole
	head [headWords]word // the first bytes, filled up; both separators as one, if they mean the same
	n    int             // levels
	ends [MaxLevels]uint16

	either bool // both separators mean the same
}

// level returns level i.
func (t *topic) level(i int) level {
	start := 0
	if i > 0 {
		start = int(t.ends[i-1]) + 1
	}
	return levelOf(t.name, start, int(t.ends[i]))
}

// split takes name apart and reports whether it is a topic: one to so many
// levels, none of them empty, no wildcard and no control character.
//
// It looks at eight bytes at a time and remembers where the separators are in a
// bit each. Looking at every byte would cost a mispredicted branch per level.
func (g *grammar) split(t *topic, name string) bool {
	if name == "" || len(name) > g.length {
		return false
	}
	const filler = 'a' * ones // ordinary
	final := (len(name) - 1) &^ 7
	last := filler << (8 * uint(len(name)-final))
	if len(name) < 8 {
		last |= short(name)
	} else {
		last |= load(name[len(name)-8:]) >> (8 * uint(final+8-len(name)))
	}
	odd, tag := word(0), g.seed^uint64(len(name))
	n, start := 0, 0
	for block := 0; block < len(name); block += 64 {
		var separators uint64
		for i := block; i < block+64 && i < len(name); i += 8 {
			w := last
			if i < final {
				w = load(name[i:])
			}
			odd |= w.suspicious()
			marks := (w | g.either ^ g.separator).zeros()
			separators |= marks.gather() << (uint(i) % 64)
			// Where both separators mean the same, they must be the same.
			w |= marks >> 7 & g.either
			tag = fold(tag, uint64(w))
			if i := uint(i) / 8; i < headWords {
				t.head[i] = w
			}
		}
		for ; separators != 0; separators &= separators - 1 {
			end := block + bits.TrailingZeros64(separators)
			if start == end || n >= MaxLevels {
				return false
			}
			t.ends[n] = uint16(end)
			n++
			start = end + 1
		}
	}
	if start == len(name) || n >= g.levels || odd != 0 && strings.ContainsFunc(name, isSpecial) {
		return false
	}
	t.ends[n] = uint16(len(name))
	t.name, t.tag, t.n, t.either = name, tag, n+1, g.either != 0
	return true
}

const (
	topicAllowed   = "one to %d levels and at most %d bytes, no level empty, no wildcard, no control character"
	patternAllowed = "one to %d levels and at most %d bytes, no level empty; + and * alone in their level, # alone in the last; no control character"
)

func (g *grammar) topicError(name string) error {
	return g.fault("topic", name, topicAllowed)
}

// fault quotes no more of a bad name than a good one could have.
func (g *grammar) fault(field, name, allowed string) error {
	if len(name) > g.length {
		name = name[:g.length] + "…"
	}
	return &pitboss.FieldError{Field: field, Value: name, Allowed: fmt.Sprintf(allowed, g.levels, g.length)}
}

// pattern is a pattern taken apart.
type pattern struct {
	levels []string // without a final "#"
	rest   bool     // ends in "#"
	wild   bool     // has a wildcard, "#" included
}

func isStar(level string) bool { return level == "+" || level == "*" }

// parse takes a pattern apart. A final "#" counts as a level.
func (g *grammar) parse(text string) (pattern, error) {
	bad := func() (pattern, error) { return pattern{}, g.fault("pattern", text, patternAllowed) }
	if len(text) > g.length || strings.ContainsFunc(text, isControl) {
		return bad()
	}
	levels := g.cut(text)
	if len(levels) > g.levels {
		return bad()
	}
	var p pattern
	for i, level := range levels {
		switch {
		case level == "":
			return bad()
		case level == "#" && i == len(levels)-1:
			p.rest, p.wild = true, true
			levels = levels[:i]
		case isStar(level):
			p.wild = true
		case strings.ContainsAny(level, "+*#"):
			return bad()
		}
	}
	p.levels = levels
	return p, nil
}

func (g *grammar) cut(text string) []string {
	var levels []string
	start := 0
	for i := range len(text) {
		if g.separates(text[i]) {
			levels = append(levels, text[start:i])
			start = i + 1
		}
	}
	return append(levels, text[start:])
}

// isControl is about ASCII, because topics are bytes: control characters would
// let a topic forge lines in logs.
func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// isSpecial reports whether r cannot be in a topic.
func isSpecial(r rune) bool { return isControl(r) || r == '+' || r == '*' || r == '#' }

// same reports whether a text of the same length is the same topic.
func (t *topic) same(text string) bool {
	return text == t.name || t.either && sameButSeparators(text, t.name)
}

func sameButSeparators(a, b string) bool {
	for i := range len(a) {
		if a[i] != b[i] && (!isSeparator(a[i]) || !isSeparator(b[i])) {
			return false
		}
	}
	return true
}

func isSeparator(b byte) bool { return b == '.' || b == '/' }
