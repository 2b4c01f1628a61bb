package stream

import (
	"fmt"
	"slices"
)

// Page is a part of the history.
type Page struct {
	// Missed are the events after the asked-for number that are no longer held.
	Missed  Missed
	Entries []*Entry
	// Next is where to go on: after it come the matching events that are not in
	// this page, and those yet to come.
	Next uint64
	// Last is the number of the stream's last event.
	Last uint64
}

// Validate reports every fault of a filter, joined: types that are not there,
// and a severity that is none.
func (s *Stream) Validate(f Filter) error {
	if _, err := s.types.compile(f); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	return nil
}

// After returns the first events after a sequence number that match, at most
// that many; zero begins with the oldest event held. It fails with every fault
// of the filter.
func (s *Stream) After(f Filter, since uint64, most int) (Page, error) {
	last := s.log.last.Load()
	c, err := s.cursor(Options{Filter: f, Since: min(since, last)})
	if err != nil {
		return Page{}, err
	}
	var b Batch
	c.read(&b, most)
	return Page{Missed: b.Missed, Entries: b.Entries, Next: c.seq, Last: s.log.last.Load()}, nil
}

// Latest returns the last events that match, at most that many, in order. It
// fails with every fault of the filter.
func (s *Stream) Latest(f Filter, most int) (Page, error) {
	m, err := s.types.compile(f)
	if err != nil {
		return Page{}, fmt.Errorf("event stream: %w", err)
	}
	s.expire()
	last := s.log.last.Load()
	page := Page{Next: last, Last: last}
	for seq := last; seq >= s.log.first() && len(page.Entries) < most; seq-- {
		e, kind := s.log.at(seq)
		if e == nil {
			break
		}
		if m.match(e, kind) {
			page.Entries = append(page.Entries, e)
		}
	}
	slices.Reverse(page.Entries)
	return page, nil
}
