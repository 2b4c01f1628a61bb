package gamestats

import (
	"context"

	"github.com/pitboss-dev/pitboss/deadletter"
)

// DeadLetter counts what happens to dead letters; it is a
// [deadletter.Config.Observer].
func (s *Stats) DeadLetter(_ context.Context, c deadletter.Change) {
	queue, reason := c.Entry.Queue, string(c.Entry.Reason)
	switch c.Kind {
	case deadletter.Put, deadletter.CameBack:
		s.metrics.deadLettersTotal.WithLabelValues(queue, reason).Inc()
		s.metrics.deadLetters.WithLabelValues(queue, reason).Inc()
	case deadletter.Restored: // counted when it was put
		s.metrics.deadLetters.WithLabelValues(queue, reason).Inc()
	case deadletter.PutBack, deadletter.TakenOut, deadletter.Purged, deadletter.AgedOut, deadletter.Evicted, deadletter.LetGo:
		s.metrics.deadLetters.WithLabelValues(queue, reason).Dec()
	}
}
