package queue

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"testing/synctest"
)

// FuzzModel plays a history whose every decision, the queue's configuration
// included, is a byte of the input, on a queue and on the naive model.
func FuzzModel(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(bytes.Repeat([]byte{0, 60, 10, 90, 70, 85, 200, 33}, 50))
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 11))
		data := make([]byte, 600)
		for i := range data {
			data[i] = byte(random.IntN(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) {
			rest := tape(data)
			h := newHistory(t, &rest)
			for step := 0; len(rest) > 0 && step < 400; step++ {
				h.step(step)
			}
			h.wind()
		})
	})
}

// tape is dice that fall as somebody wrote down, and on zero beyond that.
type tape []byte

func (t *tape) IntN(n int) int {
	if len(*t) == 0 {
		return 0
	}
	b := (*t)[0]
	*t = (*t)[1:]
	return int(b) % n
}
