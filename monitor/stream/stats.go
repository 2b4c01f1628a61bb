package stream

import (
	"slices"
	"sync/atomic"

	"github.com/pitboss-dev/pitboss/event"
)

// Stats is how a stream is doing.
type Stats struct {
	Subscribers int    // at this moment, of both kinds
	Missed      uint64 // events that went by before a subscriber read them, of all subscribers and all time
	First, Last uint64 // the sequence numbers that are held; First is Last+1 for none
	// Published counts the events of all time by type: all known types, and
	// [Other].
	Published []TypeCount
}

// TypeCount is how many events of a type were published.
type TypeCount struct {
	Type  event.Type
	Count uint64
}

// Stats returns how the stream is doing.
func (s *Stream) Stats() Stats {
	stats := Stats{Subscribers: int(s.subscribers.Load()), Missed: s.missed.Load()}
	s.log.mu.Lock()
	counts := s.log.counts
	stats.First, stats.Last = s.log.first(), s.log.last.Load()
	s.log.mu.Unlock()
	for kind, name := range s.types.names {
		stats.Published = append(stats.Published, TypeCount{name, counts[kind]})
	}
	stats.Published = append(stats.Published, TypeCount{Other, counts[otherKind]})
	return stats
}

// watched counts those who look closely.
type watched struct {
	named [maxTypes + 1]atomic.Int64 // filters that name the type
	close atomic.Int64               // filters for one room, game, player or correlation
}

// Wanted reports whether somebody looks closely enough to want events of a type
// that is too frequent to publish for nobody: a filter names it, or a group that
// it is in, or is for one room, game, player or correlation.
func (s *Stream) Wanted(t event.Type) bool {
	kind := s.types.kinds.of(t)
	return kind != otherKind && s.watched.named[kind].Load() > 0 || s.watched.close.Load() > 0
}

// joined counts a subscriber in, or out with -1.
func (s *Stream) joined(f *Filter, m *matcher, n int64) {
	s.subscribers.Add(n)
	if len(f.Types) > 0 {
		for kind := range s.types.names {
			if m.kinds>>kind&1 != 0 {
				s.watched.named[kind].Add(n)
			}
		}
		return
	}
	if slices.ContainsFunc([]string{f.Room, f.Game, f.Player, f.Correlation}, func(v string) bool { return v != "" }) {
		s.watched.close.Add(n)
	}
}
