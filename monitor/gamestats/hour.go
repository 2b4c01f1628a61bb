package gamestats

import "time"

// hour counts what happened within the last 60 minutes, by whole minutes. The
// zero value is empty.
type hour struct {
	minutes [60]struct {
		minute int64 // since 1970
		count  int
	}
}

func (h *hour) add(at time.Time) {
	minute := at.Unix() / 60
	slot := &h.minutes[minute%60]
	if slot.minute > minute {
		return // more than an hour ago
	}
	if slot.minute < minute {
		slot.minute, slot.count = minute, 0
	}
	slot.count++
}

func (h *hour) count(now time.Time) int {
	minute := now.Unix() / 60
	n := 0
	for _, slot := range &h.minutes {
		if minute-slot.minute < 60 {
			n += slot.count
		}
	}
	return n
}
