package monitor

import (
	"github.com/pitboss-dev/pitboss/monitor/stream"
	"github.com/pitboss-dev/pitboss/monitor/visual"
)

// Status says which parts are on, and how much they hold.
type Status struct {
	Stats   PartStatus `json:"stats"`
	System  PartStatus `json:"system"`
	Stream  PartStatus `json:"stream"`
	Visual  PartStatus `json:"visual"`
	Tracing PartStatus `json:"tracing"`
}

// PartStatus is one part's.
type PartStatus struct {
	On bool `json:"on"`
	// Holds is what the part keeps in memory, by what it is; nil for a part
	// whose memory does not grow.
	Holds map[string]uint64 `json:"holds,omitempty"`
}

// Status says how the parts are doing.
func (m *Monitor) Status() Status {
	s := Status{
		Stats: PartStatus{On: m.stats != nil}, System: PartStatus{On: m.system != nil},
		Tracing: PartStatus{On: m.Tracer() != nil},
	}
	if m.stream != nil {
		s.Stream = streamStatus(m.stream.Stats())
	}
	if m.visual != nil {
		s.Visual = visualStatus(m.visual.Entries())
	}
	return s
}

func streamStatus(s stream.Stats) PartStatus {
	return PartStatus{On: true, Holds: map[string]uint64{
		"events": s.Last + 1 - s.First, "subscribers": uint64(s.Subscribers),
	}}
}

func visualStatus(e visual.Entries) PartStatus {
	return PartStatus{On: true, Holds: map[string]uint64{
		"rooms": uint64(e.Rooms), "players": uint64(e.Players),
		"states": uint64(e.States), "transitions": uint64(e.Transitions),
	}}
}
