package route

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/pitboss-dev/pitboss"
)

// Bounds of patterns for texts.
const (
	// maxProgram bounds what an expression compiles to, because a short one may
	// compile to a long program: \pL{1000} takes 1,000 steps per byte of the
	// text. 1,000 instructions over 4,096 bytes are a few milliseconds.
	maxProgram = 1_000
)

// PatternsConfig describes a [Patterns]. Its zero value routes by topic and
// runs every route that matches.
type PatternsConfig[T any] struct {
	// By is what messages are routed by. Nil: [ByTopic].
	By By[T]
	// Pick says whether all routes that match run, or the first. Zero: [All].
	Pick Pick
	// Length bounds a pattern, and a text to be matched, in bytes; longer texts
	// match nothing. At most [MaxLength]. Zero: 256.
	Length int
}

// Patterns routes by globs and regular expressions. It asks one after the
// other, so the cost grows with their number; prefer [Topics] where topics
// have levels. The engine is RE2's, whose time is linear in the text, so that
// no pattern and no text can make it hang.
//
// All methods are safe for concurrent use. Route takes no lock.
type Patterns[T any] struct {
	by     By[T]
	length int
	rules  rules[textPattern, T]
}

var _ pitboss.Router[any] = (*Patterns[any])(nil)

// textPattern matches whole texts. The prefix rules out most of them without
// starting the engine.
type textPattern struct {
	prefix string
	whole  *regexp.Regexp
}

func (p *textPattern) matches(text string) bool {
	return strings.HasPrefix(text, p.prefix) && p.whole.MatchString(text)
}

// NewPatterns returns a router without routes.
func NewPatterns[T any](c PatternsConfig[T]) (*Patterns[T], error) {
	var faults pitboss.FieldErrors
	c.Pick.check(&faults)
	if c.Length < 0 || c.Length > MaxLength {
		faults.Add("length", c.Length, fmt.Sprintf("1 to %d, or zero (%d)", MaxLength, defaultLength))
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if c.Length == 0 {
		c.Length = defaultLength
	}
	r := &Patterns[T]{by: c.By.orTopic(), length: c.Length}
	r.rules.pick = c.Pick
	return r, nil
}

// Glob adds a route by a glob over the whole text: ? is one character and * any
// number, neither beyond a dot or a slash; ** is any number of any characters;
// [a-z] and [^a-z] are one of a set; {a,b} is one of several; a backslash takes
// the next character as it is. It fails with a [pitboss.FieldError].
func (r *Patterns[T]) Glob(pattern string, h pitboss.Handler[T]) (Subscription, error) {
	return r.add("glob", pattern, translateGlob, h)
}

// Regexp adds a route by a regular expression over the whole text, in the
// syntax of package regexp. It fails with a [pitboss.FieldError].
func (r *Patterns[T]) Regexp(expression string, h pitboss.Handler[T]) (Subscription, error) {
	return r.add("regexp", expression, func(s string) (string, error) { return s, nil }, h)
}

func (r *Patterns[T]) add(field, text string, translate func(string) (string, error), h pitboss.Handler[T]) (Subscription, error) {
	var faults pitboss.FieldErrors
	checkHandler(&faults, h)
	var p textPattern
	if len(text) > r.length {
		faults.Add(field, text[:r.length]+"…", fmt.Sprintf("at most %d bytes", r.length))
	} else if expression, err := translate(text); err != nil {
		faults.Add(field, text, err.Error())
	} else if p, err = compile(expression); err != nil {
		faults.Add(field, text, err.Error())
	}
	if err := faults.Err(); err != nil {
		return Subscription{}, err
	}
	return r.rules.add(p, h), nil
}

// Route implements [pitboss.Router].
func (r *Patterns[T]) Route(m *pitboss.Message[T], into []pitboss.Handler[T]) []pitboss.Handler[T] {
	text := r.by(m)
	if len(text) > r.length {
		return into
	}
	return r.rules.route(func(p *textPattern) bool { return p.matches(text) }, into)
}

// compile anchors an expression at both ends. Its errors say what is allowed.
func compile(expression string) (textPattern, error) {
	// Alone first: the group around it must not mend or break it.
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return textPattern{}, fmt.Errorf("an expression of package regexp (%w)", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return textPattern{}, fmt.Errorf("an expression of package regexp (%w)", err)
	}
	if n := len(program.Inst); n > maxProgram {
		return textPattern{}, fmt.Errorf("an expression that compiles to at most %d instructions, not %d", maxProgram, n)
	}
	whole, err := regexp.Compile(`\A(?:` + expression + `)\z`)
	if err != nil {
		return textPattern{}, fmt.Errorf("an expression of package regexp (%w)", err)
	}
	alone, err := regexp.Compile(expression)
	if err != nil {
		return textPattern{}, fmt.Errorf("an expression of package regexp (%w)", err)
	}
	prefix, _ := alone.LiteralPrefix()
	return textPattern{prefix: prefix, whole: whole}, nil
}
