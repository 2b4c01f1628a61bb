package intake_test

import (
	"fmt"

	"github.com/pitboss-dev/pitboss/monitor/intake"
)

// Moves are noted as they happen, and counted when somebody looks.
func Example() {
	counts := map[string]int{} // guarded by moves
	moves := intake.New(func(list []string) {
		for _, move := range list {
			counts[move]++
		}
	})

	for _, move := range []string{"play", "declare", "play"} {
		moves.Add(&move)
	}

	moves.Lock() // takes in what was noted
	defer moves.Unlock()
	fmt.Println(counts)
	// Output: map[declare:1 play:2]
}
