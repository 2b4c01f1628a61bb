package liaptui_test

import (
	"testing"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/liaptui"
	"github.com/pitboss-dev/pitboss/room"
)

// edges are the transitions that the rules allow.
var edges = map[[2]string]bool{
	{"WAITING", "PREPARATION"}:     true,
	{"PREPARATION", "ROUND_START"}: true,
	{"ROUND_START", "DECLARATION"}: true,
	{"DECLARATION", "TURN"}:        true,
	{"TURN", "TURN_RESULTS"}:       true,
	{"TURN_RESULTS", "TURN"}:       true,
	{"TURN_RESULTS", "SCORING"}:    true,
	{"SCORING", "PREPARATION"}:     true,
	{"SCORING", "GAME_OVER"}:       true,
}

func TestPhasesFollowTheTable(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]liaptui.Config{"with pauses": withPauses, "at once": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := make(map[[2]string]bool)
			for seed := range uint64(40) {
				g := newTable(t, config)
				phase := "WAITING"
				g.seen = func(f room.Fact) {
					if f.Type != event.StateChanged {
						return
					}
					next := f.Data.(event.StateChange).To
					edge := [2]string{phase, next}
					if !edges[edge] {
						t.Fatalf("game %d went from %s to %s", seed, phase, next)
					}
					seen[edge], phase = true, next
					if got := g.view(room.NoSeat).Phase.String(); got != next {
						t.Fatalf("game %d says %s in %s", seed, got, next)
					}
				}
				g.start(seed)
				g.play(never)
			}
			for edge := range edges {
				if !seen[edge] {
					t.Errorf("no game went from %s to %s", edge[0], edge[1])
				}
			}
		})
	}
}
