package main

import "context"

// tableParts is how the games of a run are divided.
type tableParts interface {
	// count is how many shares there are, of which the game of a room falls to one.
	count() int
	of(room string) int
	// begin says whether a share's games begin anew, because the run that its rooms
	// are of is over, and whether the results of that are known to be written down.
	// Open is whether one of its games is played still.
	begin(share int, open bool) (anew, written bool)
	// begun notes that they have begun anew, once nothing is left of the run before.
	begun(ctx context.Context, share int) error
	// playedOut notes that all games of a share are over; allPlayedOut says
	// whether those of every share are.
	playedOut(ctx context.Context, share int) error
	allPlayedOut() bool
	// right is the right to write results down by which a game has ended here.
	right() resultsRight
}

// undivided is all games in one share.
type undivided struct{ over bool }

func (*undivided) count() int    { return 1 }
func (*undivided) of(string) int { return 0 }

func (*undivided) begin(_ int, open bool) (anew, written bool) { return !open, false }
func (*undivided) begun(context.Context, int) error            { return nil }

func (u *undivided) playedOut(context.Context, int) error {
	u.over = true
	return nil
}

func (u *undivided) allPlayedOut() bool { return u.over }

func (*undivided) right() resultsRight {
	return func(context.Context) (bool, error) { return true, nil }
}

// resultsRight says whether results may still be written: a process that was
// stopped for long finds that its successor has written them. It waits until
// that is certain.
type resultsRight func(ctx context.Context) (bool, error)
