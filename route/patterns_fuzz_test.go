package route

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pitboss-dev/pitboss"
)

// FuzzGlob compares a glob and a text with the rule, as plainly as it can be said.
func FuzzGlob(f *testing.F) {
	for _, glob := range []string{
		"room-*", "room.**", "{a,b{c,d}}?", "[a-c]x", "[!a-c]", "[^]]", `\*`, "[]-]", "[a-", "{", "a}b,c", "[é-ü]*", `[\]-a]`, "***",
	} {
		f.Add(glob, "room-7")
		f.Add(glob, "bc.")
	}
	f.Fuzz(func(t *testing.T, glob, text string) {
		found, err := onePattern(t, func(p *Patterns[string], h pitboss.Handler[string]) error {
			_, err := p.Glob(glob, h)
			return err
		}, text)
		alternatives, valid := naiveGlob(glob)
		switch {
		case err != nil && (strings.Contains(err.Error(), "instructions") || len(alternatives) > maxAlternatives):
			return // beyond a bound of ours or of the rule's
		case valid != (err == nil):
			t.Fatalf("%q: %v, want valid %v", glob, err, valid)
		case !valid || !utf8.ValidString(text) || len(alternatives) > maxAlternatives:
			return
		}
		want := slices.ContainsFunc(alternatives, func(g []globPart) bool { return naiveGlobMatches(g, []rune(text)) })
		if len(text) > defaultLength {
			want = false
		}
		if found != want {
			t.Fatalf("%q matches %q: %v, want %v", glob, text, found, want)
		}
	})
}

// FuzzRegexp compares with package regexp alone: what is done to be fast and safe
// changes nothing else.
func FuzzRegexp(f *testing.F) {
	for _, expression := range []string{"room-[0-9]+", "(?i)room", "a|ab", "^a$", `\bx`, "a{1000}", "(", `\`, "(?m)^b$", "x*"} {
		f.Add(expression, "room-7")
		f.Add(expression, "ab")
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		found, err := onePattern(t, func(p *Patterns[string], h pitboss.Handler[string]) error {
			_, err := p.Regexp(expression, h)
			return err
		}, text)
		if err != nil && (len(expression) > defaultLength || strings.Contains(err.Error(), "instructions")) {
			return
		}
		_, parseErr := regexp.Compile(expression)
		if (parseErr == nil) != (err == nil) {
			t.Fatalf("%q: %v, want %v", expression, err, parseErr)
		}
		if err != nil || !utf8.ValidString(text) {
			return
		}
		want := len(text) <= defaultLength && regexp.MustCompile(`\A(?:`+expression+`)\z`).MatchString(text)
		if found != want {
			t.Fatalf("%q matches %q: %v, want %v", expression, text, found, want)
		}
	})
}

// onePattern returns whether a router of one pattern takes a text.
func onePattern(t *testing.T, add func(*Patterns[string], pitboss.Handler[string]) error, text string) (bool, error) {
	t.Helper()
	p, err := NewPatterns(PatternsConfig[string]{})
	if err != nil {
		t.Fatal(err)
	}
	if err := add(p, func(context.Context, *pitboss.Delivery[string]) error { return nil }); err != nil {
		return false, err
	}
	return len(p.Route(&pitboss.Message[string]{Topic: text}, nil)) > 0, nil
}
