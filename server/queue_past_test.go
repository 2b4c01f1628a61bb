package server

import (
	"testing"
	"time"

	"github.com/pitboss-dev/pitboss"
)

func TestQueuePast(t *testing.T) {
	t.Parallel()
	var p queuePast
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	stats := pitboss.Stats{Enqueued: 100, Acked: 40}
	p.note(now, &stats)
	if len(p.points) != 0 {
		t.Fatalf("a rate over no time: %+v", p.points)
	}
	stats.Enqueued, stats.Acked, stats.InFlight = 140, 50, 3
	p.note(now.Add(time.Second), &stats)
	if len(p.points) != 0 {
		t.Fatalf("points too near: %+v", p.points)
	}
	p.note(now.Add(10*time.Second), &stats)
	if len(p.points) != 1 || p.points[0].Enqueued != 4 || p.points[0].Acked != 1 || p.points[0].InFlight != 3 {
		t.Fatalf("%+v", p.points)
	}
	for i := range 2 * pointsKept {
		p.note(now.Add(time.Duration(i)*pointEvery+20*time.Second), &stats)
	}
	last := p.points[len(p.points)-1]
	if len(p.points) != pointsKept || last.Enqueued != 0 || !last.Time.After(p.points[0].Time) {
		t.Errorf("%d points, the last is %+v", len(p.points), last)
	}
}
