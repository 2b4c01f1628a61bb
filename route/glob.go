package route

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"
)

// translateGlob turns a glob into a regular expression. Its errors say what is
// allowed.
func translateGlob(glob string) (string, error) {
	if !utf8.ValidString(glob) {
		return "", errors.New("valid UTF-8")
	}
	var out strings.Builder
	out.WriteString("(?s)")
	depth := 0
	for glob != "" {
		r, size := utf8.DecodeRuneInString(glob)
		rest := glob[size:]
		switch {
		case r == '\\':
			if rest == "" {
				return "", errors.New("a character after the last backslash")
			}
			_, size := utf8.DecodeRuneInString(rest)
			out.WriteString(regexp.QuoteMeta(rest[:size]))
			rest = rest[size:]
		case r == '*' && strings.HasPrefix(rest, "*"):
			out.WriteString(`.*`)
			rest = rest[1:]
		case r == '*':
			out.WriteString(`[^./]*`)
		case r == '?':
			out.WriteString(`[^./]`)
		case r == '[':
			set, length, err := translateSet(rest)
			if err != nil {
				return "", err
			}
			out.WriteString(set)
			rest = rest[length:]
		case r == '{':
			depth++
			out.WriteString("(?:")
		case r == '}' && depth > 0:
			depth--
			out.WriteString(")")
		case r == ',' && depth > 0:
			out.WriteString("|")
		default:
			out.WriteString(regexp.QuoteMeta(glob[:size]))
		}
		glob = rest
	}
	if depth > 0 {
		return "", errors.New("a closing brace for every opening one")
	}
	return out.String(), nil
}

// translateSet translates what follows an opening bracket and returns how long
// that is.
func translateSet(glob string) (string, int, error) {
	var out strings.Builder
	out.WriteString("[")
	i := 0
	if strings.HasPrefix(glob, "^") || strings.HasPrefix(glob, "!") {
		out.WriteString("^")
		i++
	}
	for first := i; i < len(glob); {
		r, size := utf8.DecodeRuneInString(glob[i:])
		switch {
		case r == ']' && i > first:
			out.WriteString("]")
			return out.String(), i + size, nil
		case r == '-' && i > first && !strings.HasPrefix(glob[i+size:], "]"):
			out.WriteString("-") // a range
		case r == '\\' && i+size < len(glob):
			i += size
			_, size = utf8.DecodeRuneInString(glob[i:])
			out.WriteString(quoteInSet(glob[i : i+size]))
		default:
			out.WriteString(quoteInSet(glob[i : i+size]))
		}
		i += size
	}
	return "", 0, errors.New("a closing bracket for every opening one")
}

// quoteInSet escapes all that means something in a set.
func quoteInSet(r string) string {
	if strings.ContainsAny(r, `\]^-[&~`) {
		return `\` + r
	}
	return r
}
