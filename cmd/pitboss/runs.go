package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss/natsqueue"
	"github.com/pitboss-dev/pitboss/shares"
)

// dividedRuns divides the games of tables as the rooms are divided. Each share's
// note tells which run its games are of, and whether they are over, so that the
// run is over for all processes at once, and the next one begins for all.
type dividedRuns struct {
	*division
	number atomic.Int64 // of the run that this process takes part in; zero: of none yet
}

// runNote is what is noted with a share.
type runNote struct {
	number int
	over   bool
}

func (n runNote) String() string {
	if n.over {
		return fmt.Sprintf("run %d is over", n.number)
	}
	return fmt.Sprintf("run %d", n.number)
}

// parseRunNote reads a note. A share without one is of the first run.
func parseRunNote(text string) runNote {
	n := runNote{number: 1}
	if _, err := fmt.Sscanf(text, "run %d", &n.number); err != nil {
		return runNote{number: 1}
	}
	n.over = text == runNote{n.number, true}.String()
	return n
}

// latestRun is the run that shares are in, and whether all of them have played
// it to its end.
func latestRun(roll *natsqueue.Roll) (number int, over bool) {
	for i := range roll.Shares {
		number = max(number, parseRunNote(roll.Shares[i].Note).number)
	}
	for i := range roll.Shares {
		if parseRunNote(roll.Shares[i].Note) != (runNote{number, true}) {
			return number, false
		}
	}
	return number, true
}

func (*dividedRuns) count() int         { return shares.Count }
func (*dividedRuns) of(room string) int { return shares.Of(room) }

// begin has a share take part in the run that all are in. A process that starts
// when one is over begins the next one.
func (r *dividedRuns) begin(share int, _ bool) (anew, written bool) {
	roll := r.roll.Load()
	if r.number.Load() == 0 {
		number, over := latestRun(roll)
		if over {
			number++
		}
		r.number.Store(int64(number))
	}
	if parseRunNote(roll.Shares[share].Note).number == int(r.number.Load()) {
		return false, false
	}
	return true, true
}

func (r *dividedRuns) begun(ctx context.Context, share int) error {
	return r.member.Load().Note(ctx, share, runNote{number: int(r.number.Load())}.String())
}

func (r *dividedRuns) playedOut(ctx context.Context, share int) error {
	return r.member.Load().Note(ctx, share, runNote{int(r.number.Load()), true}.String())
}

// allPlayedOut is true once the run that this process takes part in is over, also
// where others have begun the next one.
func (r *dividedRuns) allPlayedOut() bool {
	roll, own := r.roll.Load(), int(r.number.Load())
	if roll == nil || own == 0 {
		return false
	}
	number, over := latestRun(roll)
	return number > own || number == own && over
}

// right is that of the membership which this process has now.
func (r *dividedRuns) right() resultsRight { return r.hold() }
