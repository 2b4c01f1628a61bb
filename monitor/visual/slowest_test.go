package visual_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss/event"
	"github.com/pitboss-dev/pitboss/monitor/visual"
)

// A model that keeps every change finds the same slowest ones.
func TestSlowestChanges(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	v, err := visual.New(visual.Config{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	slowest := make(map[string]visual.SlowChange)
	for n := range 1000 {
		now = now.Add(time.Second)
		id := fmt.Sprintf("room-%d", n*7919%60)
		took := time.Duration(n*7919%1009) * time.Millisecond
		c := at(now, id, event.Event{Type: event.TurnEnded}, change("TURN", "RESULTS"))
		c.Events[1].RoomSeq = uint64(n + 1)
		c.Received, c.Done = now, now.Add(took)
		v.Observe(c)
		s := visual.SlowChange{Room: id, Seq: uint64(n + 1), TookMS: float64(took.Milliseconds()), Time: now.UTC()}
		if s.TookMS > slowest[id].TookMS {
			slowest[id] = s
		}
	}
	want := make([]visual.SlowChange, 0, len(slowest))
	for _, s := range slowest {
		want = append(want, s)
	}
	slices.SortFunc(want, func(a, b visual.SlowChange) int { return int(b.TookMS - a.TookMS) })
	detail, ok := v.Transition("TURN", "RESULTS")
	if !ok || !slices.Equal(detail.Slowest, want[:10]) {
		t.Errorf("the slowest are\n%v, want\n%v", detail.Slowest, want[:10])
	}
}
