package route

import "math/bits"

// mix makes a hash of two words, as wyhash does: both halves of their product.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// fold adds a word to a hash.
func fold(hash, w uint64) uint64 { return mix(hash^w, 0x9E3779B97F4A7C15) }
