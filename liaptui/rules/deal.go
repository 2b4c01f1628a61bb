package rules

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// Deck is all 32 pieces.
func Deck() Pieces { return deck }

var deck = buildDeck()

func buildDeck() (pieces Pieces) {
	for kind := SoldierBlack; kind <= GeneralRed; kind++ {
		pieces += One(kind) * Pieces(kind.Copies())
	}
	return pieces
}

// Deal returns the hands, by seat, of a game's deal number n (redeals count as
// deals of their own). It depends on its arguments alone and stays the same
// forever, because journals are replayed from it.
//
// The shuffle draws from ChaCha8 (C2SP chacha8rand), keyed with seed and n:
// unlike with PCG, nobody can work back from the pieces of some rounds to the
// seed and so to the pieces of the next. That holds as far as the seed itself
// is hard to guess. The bounded draw is spelt out here, since math/rand/v2
// promises its sources' output but not the way that Shuffle uses it.
func Deal(seed, n uint64) [Seats]Pieces {
	var key [32]byte
	copy(key[:], "liaptui deal v1 ")
	binary.LittleEndian.PutUint64(key[16:], seed)
	binary.LittleEndian.PutUint64(key[24:], n)
	source := rand.NewChaCha8(key)

	var pile [DeckSize]Kind
	i := 0
	for kind := range deck.All() {
		pile[i] = kind
		i++
	}
	for last := DeckSize - 1; last > 0; last-- {
		other := below(source, uint64(last+1))
		pile[last], pile[other] = pile[other], pile[last]
	}
	var hands [Seats]Pieces
	for i, kind := range pile {
		hands[i/HandSize] += One(kind)
	}
	return hands
}

// below draws a number from 0 to n-1, each equally likely (Lemire, "Fast Random
// Integer Generation in an Interval", 2019).
func below(source rand.Source, n uint64) uint64 {
	high, low := bits.Mul64(source.Uint64(), n)
	for low < -n%n {
		high, low = bits.Mul64(source.Uint64(), n)
	}
	return high
}

// FirstStarter is the seat that starts the first round: the one that holds the
// red general. It is seat 0 if nobody does.
func FirstStarter(hands [Seats]Pieces) int {
	for seat, hand := range hands {
		if hand.Count(GeneralRed) > 0 {
			return seat
		}
	}
	return 0
}
