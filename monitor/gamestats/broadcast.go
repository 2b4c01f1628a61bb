package gamestats

import "time"

// Broadcast counts the delivery of one command's events to one recipient, and
// how long after they happened the recipient had them.
func (s *Stats) Broadcast(took time.Duration, err error) {
	if err != nil {
		s.metrics.broadcastFailures.Inc()
		return
	}
	s.metrics.broadcastRecipients.Inc()
	s.delivered.Add(&took)
}
