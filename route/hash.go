package route

import "math/bits"

// fold mixes one word into a hash, as wyhash does: both halves of a product.
// Zero is never the result; it stands for no hash.
func fold(hash, w uint64) uint64 {
	high, low := bits.Mul64(hash^w, 0x9E3779B97F4A7C15)
	return max(high^low, 1)
}

// hashLevel reads a level as words that may overlap. It serves names of a few
// bytes, for which hash/maphash takes twice as long.
func hashLevel(level string, seed uint64) uint64 {
	n := len(level)
	seed ^= uint64(n)
	if n < 8 {
		return fold(fold(seed, hashShort(level)), seed)
	}
	for i := 8; i < n; i += 8 {
		seed = fold(seed, uint64(load(level[i-8:])))
	}
	return fold(seed, uint64(load(level[n-8:])))
}

// hashShort packs one to seven bytes.
func hashShort(s string) uint64 {
	n := len(s)
	if n >= 4 {
		return uint64(quarter(s)) | uint64(quarter(s[n-4:]))<<32
	}
	return uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16
}

func quarter(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
