package route

// level is a level of a topic or a pattern in the form in which it is compared
// and hashed: the first sixteen bytes, filled up with zeros, which no level
// contains, and the text for what is longer.
type level struct {
	first, second word
	text          string
}

// levelOf returns the level in a text that goes from one index to another. It
// reads beyond the level where it may, which is faster than byte by byte.
func levelOf(text string, from, to int) level {
	l := level{text: text[from:to]}
	size, spare := uint(to-from), len(text)-8
	if spare < 0 {
		l.first = short(l.text)
		return l
	}
	at := min(from, spare)
	l.first = load(text[at:]) >> (8 * uint(from-at))
	if size < 8 {
		l.first &= 1<<(8*size) - 1
		return l
	}
	if size > 8 {
		from += 8
		at = min(from, spare)
		l.second = load(text[at:]) >> (8 * uint(from-at)) & (1<<(8*min(size-8, 8)) - 1)
	}
	return l
}

// complete reports whether the words say all.
func (l *level) complete() bool { return l.second>>56 == 0 }

// hash returns what a node's tag is made of; see childTag.
func (l *level) hash(seed uint64) uint64 {
	hash := mix(uint64(l.first)^seed, uint64(l.second)^^seed)
	if l.complete() {
		return hash
	}
	return hashRest(hash, l.text)
}

// hashRest adds what follows the first words to a hash, and some of it twice.
func hashRest(hash uint64, text string) uint64 {
	for i := 16; i < len(text); i += 8 {
		hash = fold(hash, uint64(load(text[min(i, len(text)-8):])))
	}
	return fold(hash, uint64(len(text)))
}
