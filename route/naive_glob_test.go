package route

import (
	"slices"
	"unicode/utf8"
)

// maxAlternatives bounds what the rule writes out; the router has no such bound.
const maxAlternatives = 256

// globPart is one step of a glob without braces: a star, or a set of characters.
type globPart struct {
	star, far bool // any number; beyond separators, too
	in        func(r rune) bool
}

// naiveGlob writes a glob out as globs without braces, and says whether it is
// well-formed.
func naiveGlob(glob string) (alternatives [][]globPart, valid bool) {
	if len(glob) > defaultLength || !utf8.ValidString(glob) {
		return nil, false
	}
	all, rest, ok := globAlternatives([]rune(glob), false)
	return all, ok && len(rest) == 0
}

// globAlternatives reads up to the end, or inside braces up to the closing one,
// which it leaves.
func globAlternatives(g []rune, inside bool) (all [][]globPart, rest []rune, ok bool) {
	branch := [][]globPart{nil}
	then := func(p globPart) {
		for i := range branch {
			branch[i] = append(slices.Clip(branch[i]), p)
		}
	}
	for len(g) > 0 {
		r := g[0]
		g = g[1:]
		switch {
		case r == '\\' && len(g) == 0:
			return nil, nil, false
		case r == '\\':
			then(onlyRune(g[0]))
			g = g[1:]
		case r == '*' && len(g) > 0 && g[0] == '*':
			then(globPart{star: true, far: true})
			g = g[1:]
		case r == '*':
			then(globPart{star: true})
		case r == '?':
			then(globPart{in: func(r rune) bool { return r != '.' && r != '/' }})
		case r == '[':
			set, after, ok := globSet(g)
			if !ok {
				return nil, nil, false
			}
			then(set)
			g = after
		case r == '{':
			choices, after, ok := globAlternatives(g, true)
			if !ok || len(after) == 0 {
				return nil, nil, false
			}
			g = after[1:]
			var longer [][]globPart
			for _, head := range branch {
				for _, tail := range choices {
					if len(longer) > maxAlternatives {
						break // more is not followed up
					}
					longer = append(longer, append(slices.Clip(head), tail...))
				}
			}
			branch = longer
		case r == '}' && inside:
			return append(all, branch...), append([]rune{'}'}, g...), true
		case r == ',' && inside:
			all, branch = append(all, branch...), [][]globPart{nil}
		default:
			then(onlyRune(r))
		}
	}
	return append(all, branch...), nil, !inside
}

func onlyRune(want rune) globPart { return globPart{in: func(r rune) bool { return r == want }} }

// globSet reads what follows an opening bracket.
func globSet(g []rune) (part globPart, rest []rune, ok bool) {
	negated := len(g) > 0 && (g[0] == '^' || g[0] == '!')
	if negated {
		g = g[1:]
	}
	type token struct {
		r    rune
		dash bool // that may make a range
	}
	var tokens []token
	for first := true; ; first = false {
		if len(g) == 0 {
			return globPart{}, nil, false
		}
		r := g[0]
		g = g[1:]
		if r == ']' && !first {
			break
		}
		switch {
		case r == '\\' && len(g) > 0:
			tokens = append(tokens, token{r: g[0]})
			g = g[1:]
		case r == '-' && !first && len(g) > 0 && g[0] != ']':
			tokens = append(tokens, token{'-', true})
		default:
			tokens = append(tokens, token{r: r})
		}
	}
	var ranges [][2]rune
	for i := 0; i < len(tokens); i++ {
		low := tokens[i].r
		high := low
		if i+2 < len(tokens) && tokens[i+1].dash {
			high = tokens[i+2].r
			i += 2
		}
		if high < low {
			return globPart{}, nil, false
		}
		ranges = append(ranges, [2]rune{low, high})
	}
	in := func(r rune) bool {
		for _, between := range ranges {
			if between[0] <= r && r <= between[1] {
				return true
			}
		}
		return false
	}
	return globPart{in: func(r rune) bool { return in(r) != negated }}, g, true
}

func naiveGlobMatches(glob []globPart, text []rune) bool {
	// reach says which beginnings of the text are matched so far.
	reach := make([]bool, len(text)+1)
	reach[0] = true
	for _, part := range glob {
		next := make([]bool, len(text)+1)
		for i, there := range reach {
			if !there {
				continue
			}
			if !part.star {
				if i < len(text) && part.in(text[i]) {
					next[i+1] = true
				}
				continue
			}
			next[i] = true
			for j := i; j < len(text) && (part.far || text[j] != '.' && text[j] != '/'); j++ {
				next[j+1] = true
			}
		}
		reach = next
	}
	return reach[len(text)]
}
