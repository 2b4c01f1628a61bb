package sketch

import "math/bits"

// subBits is how many bits after the leading one a bucket keeps.
const subBits = 5

// Buckets is how many buckets all values of 63 bits need.
const Buckets = (64 - subBits) << subBits

// Bucket maps a value below 2^63 to its bucket: small values to themselves, and
// larger ones by the five bits after the leading one. A bucket is at most 1/32
// of its lower bound wide.
func Bucket(v uint64) int {
	if v < 1<<subBits {
		return int(v)
	}
	shift := bits.Len64(v) - 1 - subBits
	return (shift+1)<<subBits + int(v>>shift) - 1<<subBits
}

// UpperBound is the largest value of a bucket.
func UpperBound(bucket int) uint64 {
	if bucket < 1<<subBits {
		return uint64(bucket)
	}
	shift := bucket>>subBits - 1
	return (uint64(bucket)&(1<<subBits-1)+1<<subBits+1)<<shift - 1
}
