package sysstats

import (
	"fmt"
	"time"
)

// process is what the system knows of this process.
type process struct {
	at                time.Time
	resident, virtual uint64
	cpu               float64 // seconds since its start
	files             int
	maxFiles          uint64
	load              LoadAverage
}

// procError says what of /proc could not be read.
func procError(what string, err error) error { return fmt.Errorf("read %s: %w", what, err) }
