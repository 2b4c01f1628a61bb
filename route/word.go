package route

import "math/bits"

// word is eight bytes of a topic, the first in the lowest byte. Its methods
// look at all of them at once; marks are the highest bits of those bytes for
// which the answer is yes. The method for exact zero bytes is that of Hacker's
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

// short returns up to seven bytes, filled up with zeros. The words that it is
// put together from may overlap.
func short(s string) word {
	n := uint(len(s))
	switch {
	case n >= 4:
		return quarter(s) | quarter(s[n-4:])<<(8*(n-4))
	case n > 0:
		return word(s[0]) | word(s[n/2])<<(8*(n/2)) | word(s[n-1])<<(8*(n-1))
	}
	return 0
}

func quarter(s string) word {
	_ = s[3]
	return word(s[0]) | word(s[1])<<8 | word(s[2])<<16 | word(s[3])<<24
}

// zeros marks the bytes that are zero.
func (w word) zeros() word { return ^((w&lows + lows) | w | lows) }

// suspicious is zero if there are letters, digits, dots, slashes, dashes and
// underscores only. If there is a wildcard or a control character, it is not.
func (w word) suspicious() word {
	return highs & ((w - ','*ones) | (w + ones)) &^ w // below the comma, or 0x7f
}

// equal marks the bytes that are b.
func (w word) equal(b byte) word { return (w ^ word(b)*ones).zeros() }

// gather returns the marks as one bit per byte.
func (w word) gather() uint64 { return uint64(w>>7) * 0x0102040810204080 >> 56 }

// first returns the index of the first byte that is marked, and eight if none is.
func (w word) first() int { return bits.TrailingZeros64(uint64(w)) / 8 }
