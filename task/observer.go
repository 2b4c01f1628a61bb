package task

import (
	"context"
	"fmt"
	"time"
)

// Outcome is what became of a task.
type Outcome uint8

const (
	// Submitted: the queue accepted it.
	Submitted Outcome = iota
	// Completed: its function returned nil.
	Completed
	// Retried: an attempt failed and another will follow.
	Retried
	// Failed: it was given up on.
	Failed
	// Late: its deadline passed before it was done.
	Late
)

var outcomeNames = [...]string{"submitted", "completed", "retried", "failed", "late"}

// String returns the outcome's name in lower case, as metrics use it.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// Report is one outcome of one task. Completed, Failed and Late are final: each
// task gets exactly one of them, except for repeats after a crash or a lost
// lease. A quick worker's report may come before Submitted.
type Report struct {
	Outcome Outcome
	Task    Task
	// Attempt counts the attempts so far; zero for Submitted.
	Attempt int
	// Waited is the time from Submit to the start of this attempt, delays
	// included; zero for Submitted.
	Waited time.Duration
	// Duration is how long the attempt ran; zero where the function was not
	// called.
	Duration time.Duration
	// Err is the failure; nil for Submitted and Completed.
	Err error
}

// Observer is told of every outcome. It is called from the goroutine that
// submits or works, so it must be quick and safe for concurrent use. The
// context carries the task's correlation ID.
type Observer func(ctx context.Context, r Report)
