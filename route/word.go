package route

// word is eight bytes of a topic, the first in the lowest byte. Its methods
// look at all of them at once; a result has the highest bit of each byte set
// for which the answer is yes. The method for exact zero bytes is that of Hacker's
// Delight, 2nd edition, section 6-1.
type word uint64

const (
	ones  word = 0x0101010101010101
	highs word = 0x8080808080808080
	lows  word = ^highs
)

// load returns the first eight bytes of s, which has as many.
func load(s string) word {
	_ = s[7]
	return word(s[0]) | word(s[1])<<8 | word(s[2])<<16 | word(s[3])<<24 |
		word(s[4])<<32 | word(s[5])<<40 | word(s[6])<<48 | word(s[7])<<56
}

// tail returns the bytes of s from i on, fewer than eight, filled up with
// spaces, which are ordinary.
func tail(s string, i int) word {
	const spaces = ' ' * ones
	n := 8 * uint(len(s)-i)
	if len(s) >= 8 {
		return load(s[len(s)-8:])>>(64-n) | spaces<<n
	}
	w := spaces << n
	for shift := uint(0); shift < n; shift += 8 {
		w |= word(s[i]) << shift
		i++
	}
	return w
}

// zeros marks the bytes that are zero.
func (w word) zeros() word { return ^((w&lows + lows) | w | lows) }

// special marks wildcards and control characters.
func (w word) special() word {
	controls := (w & (0xe0 * ones)).zeros() // below space
	return controls | w.equal(0x7f, 0) | w.equal('#', 0) | w.equal('+', ones)
}

// equal marks the bytes that are b. Where either is ones, it also marks those
// that differ from b in the lowest bit only, which b has set: + and *, / and
// the dot.
func (w word) equal(b byte, either word) word { return (w | either ^ word(b)*ones).zeros() }

// gather returns the marks as one bit per byte.
func (w word) gather() uint64 { return uint64(w>>7) * 0x0102040810204080 >> 56 }
