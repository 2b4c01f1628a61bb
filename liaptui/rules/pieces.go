package rules

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/bits"
	"strings"
)

// Pieces is a collection of pieces in which only kinds and their numbers
// matter: a hand, a play, what has been seen. It is a comparable value; the
// zero value is empty. In JSON it is a list of kinds, strongest first.
//
// Four bits count each kind, at the kind's points. The lowest four count what is
// no kind at all, so that nonsense from outside stays visible and is never
// found in a hand.
type Pieces uint64

const (
	countBits = 4
	maxCount  = 1<<countBits - 1
	evenKinds = 0x0f0f0f0f0f0f0f0f
	guards    = 0x8080808080808080
	byteSum   = 0x0101010101010101
	oneOfEach = 0x0111111111111110
	weakUpTo  = 9 // points
)

// Of collects the given kinds. A kind beyond fifteen times counts as fifteen,
// more than any hand holds.
func Of(kinds ...Kind) Pieces {
	var pieces Pieces
	for _, kind := range kinds {
		if !kind.Valid() {
			kind = 0
		}
		if pieces.Count(kind) < maxCount {
			pieces += One(kind)
		}
	}
	return pieces
}

// One is a single piece of a valid kind.
func One(kind Kind) Pieces { return 1 << (countBits * kind) }

// Count is how many pieces of this kind there are.
func (p Pieces) Count(kind Kind) int { return int(p >> (countBits * kind) & maxCount) }

// Len is the number of pieces.
func (p Pieces) Len() int { return int((p&evenKinds + p>>countBits&evenKinds) * byteSum >> 56) }

// Contains reports whether every piece of other is here, as often as there.
func (p Pieces) Contains(other Pieces) bool {
	// Two counts share a byte. Taken apart, each has room for a guard bit that
	// the subtraction borrows exactly when a count is too small.
	even := (p&evenKinds | guards) - other&evenKinds
	odd := (p>>countBits&evenKinds | guards) - other>>countBits&evenKinds
	return even&odd&guards == guards
}

// Add puts both together. Neither more than fifteen of a kind nor anything
// close to it occurs in a game; beyond that the result is undefined.
func (p Pieces) Add(other Pieces) Pieces { return p + other }

// Remove takes the pieces of other away. What is not here is not missed.
func (p Pieces) Remove(other Pieces) Pieces {
	if p.Contains(other) {
		return p - other
	}
	for kind := range Kind(KindCount + 1) {
		p -= One(kind) * Pieces(min(p.Count(kind), other.Count(kind)))
	}
	return p
}

// held is one piece of each kind that is here count times or more. Only soldiers
// are here three times.
func (p Pieces) held(count int) Pieces {
	switch count {
	case 1:
		return (p | p>>1 | p>>2 | p>>3) & oneOfEach
	case 2:
		return (p>>1 | p>>2 | p>>3) & oneOfEach
	}
	var kinds Pieces
	for _, kind := range [...]Kind{SoldierBlack, SoldierRed} {
		if p.Count(kind) >= count {
			kinds += One(kind)
		}
	}
	return kinds
}

// Points is the sum of the pieces' points.
func (p Pieces) Points() int {
	sum := 0
	for rest := p; rest != 0; {
		kind := rest.Strongest()
		count := rest.Count(kind)
		sum += count * kind.Points()
		rest -= One(kind) * Pieces(count)
	}
	return sum
}

// Stronger is those of the pieces that are worth more than so many points.
func (p Pieces) Stronger(points int) Pieces {
	below := Pieces(1)<<(countBits*(points+1)) - 1
	return p &^ below
}

// Strongest is the kind with the most points, and no kind if there are no
// pieces.
func (p Pieces) Strongest() Kind {
	return Kind((bits.Len64(uint64(p)|1) - 1) / countBits)
}

// Weakest is the kind with the fewest points, and no kind if there are no
// pieces.
func (p Pieces) Weakest() Kind {
	if p == 0 {
		return 0
	}
	return Kind(bits.TrailingZeros64(uint64(p)) / countBits)
}

// Weak reports whether no piece is worth more than 9: its owner may ask for a
// redeal.
func (p Pieces) Weak() bool { return p.Stronger(weakUpTo) == 0 }

// Kinds lists the pieces, strongest first, each as often as it is there.
func (p Pieces) Kinds() []Kind {
	kinds := make([]Kind, 0, p.Len())
	for kind := range p.All() {
		kinds = append(kinds, kind)
	}
	return kinds
}

// All yields the pieces, strongest first, each as often as it is there.
func (p Pieces) All() iter.Seq[Kind] {
	return func(yield func(Kind) bool) {
		for rest := p; rest != 0; rest -= One(rest.Strongest()) {
			if !yield(rest.Strongest()) {
				return
			}
		}
	}
}

// Subsets yields every distinct choice of n of the pieces once, those with the
// weakest pieces first. It is what a follower may play.
func (p Pieces) Subsets(n int) iter.Seq[Pieces] {
	return func(yield func(Pieces) bool) {
		if n >= 0 && n <= p.Len() {
			p.choose(n, 0, yield)
		}
	}
}

// choose yields every choice of n from p on top of chosen, and reports whether
// the caller wants more.
func (p Pieces) choose(n int, chosen Pieces, yield func(Pieces) bool) bool {
	if n == 0 {
		return yield(chosen)
	}
	if p.Len() < n {
		return true
	}
	kind := p.Weakest()
	count := p.Count(kind)
	others := p - One(kind)*Pieces(count)
	for taken := min(count, n); taken >= 0; taken-- {
		if !others.choose(n-taken, chosen+One(kind)*Pieces(taken), yield) {
			return false
		}
	}
	return true
}

// String is the pieces, strongest first, with commas between them.
func (p Pieces) String() string {
	texts := make([]string, 0, p.Len())
	for kind := range p.All() {
		texts = append(texts, kind.String())
	}
	return strings.Join(texts, ", ")
}

// MarshalJSON encodes the list of kinds, strongest first.
func (p Pieces) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 2+16*p.Len())
	text = append(text, '[')
	for kind := range p.All() {
		if !kind.Valid() {
			return nil, &NameError{What: "kind", Name: kind.String(), Allowed: kindAllowed}
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(text, '"')
		text = append(text, kindTexts[kind]...)
		text = append(text, '"')
	}
	return append(text, ']'), nil
}

// UnmarshalJSON accepts a list of kinds in any order. It refuses unknown kinds
// and more pieces than a deck has; whether the deck has these pieces is a
// question for the rules.
func (p *Pieces) UnmarshalJSON(text []byte) error {
	// Texts, not kinds: a string would pass for a list of bytes.
	var texts []string
	if err := json.Unmarshal(text, &texts); err != nil {
		return err
	}
	if len(texts) > DeckSize {
		return fmt.Errorf("pieces: a list of %d is not allowed; want at most %d", len(texts), DeckSize)
	}
	kinds := make([]Kind, len(texts))
	for i, text := range texts {
		if err := kinds[i].UnmarshalText([]byte(text)); err != nil {
			return err
		}
	}
	*p = Of(kinds...)
	return nil
}
