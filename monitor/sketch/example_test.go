package sketch_test

import (
	"fmt"
	"time"

	"github.com/pitboss-dev/pitboss/monitor/sketch"
)

// Sketches of parts answer as one of the whole would.
func ExampleDurations_Merge() {
	var morning, evening sketch.Durations
	for n := range 100 {
		morning.Observe(time.Duration(n) * time.Millisecond)
		evening.Observe(time.Duration(n) * time.Second)
	}
	var day sketch.Durations
	day.Merge(&morning)
	day.Merge(&evening)
	fmt.Println(day.Count(), day.Max(), day.Quantile(0.25).Round(10*time.Millisecond))
	// Output: 200 1m39s 50ms
}
