package gamestats

import "github.com/prometheus/client_golang/prometheus"

type connectionMetrics struct {
	open            prometheus.Gauge
	opened          prometheus.Counter
	closed          map[string]prometheus.Counter // by reason; not changed
	messages, bytes [2]prometheus.Counter         // in, out
}

func newConnectionMetrics(m *metrics, reasons []string) connectionMetrics {
	c := connectionMetrics{open: m.connections, opened: m.connectionsOpened, closed: make(map[string]prometheus.Counter)}
	for _, reason := range append([]string{other}, reasons...) {
		c.closed[reason] = m.connectionsClosed.WithLabelValues(reason)
	}
	for i, direction := range []string{"in", "out"} {
		c.messages[i] = m.messages.WithLabelValues(direction)
		c.bytes[i] = m.bytes.WithLabelValues(direction)
	}
	return c
}

// ConnectionOpened counts a player's connection.
func (s *Stats) ConnectionOpened() {
	s.connections.open.Inc()
	s.connections.opened.Inc()
}

// ConnectionClosed counts its end.
func (s *Stats) ConnectionClosed(reason string) {
	s.connections.open.Dec()
	closed, ok := s.connections.closed[reason]
	if !ok {
		closed = s.connections.closed[other]
	}
	closed.Inc()
}

// Message counts one frame and its bytes; direction is in or out.
func (s *Stats) Message(direction string, bytes int) {
	i := 0
	if direction == "out" {
		i = 1
	}
	s.connections.messages[i].Inc()
	s.connections.bytes[i].Add(float64(bytes))
}
