package room

import (
	"context"
	"fmt"
	"sync"

	"github.com/pitboss-dev/pitboss"
	"github.com/pitboss-dev/pitboss/event"
)

// Journal keeps the events of rooms, in order. Implementations are safe for
// concurrent use.
type Journal interface {
	// Append adds events to a room's journal if its last sequence is after;
	// otherwise it fails with ErrFenced and adds nothing. All are added or
	// none. The journal keeps the slice; the caller changes nothing in it but
	// Seq.
	Append(ctx context.Context, room string, after uint64, events []event.Event) error
	// Read returns a room's events after a sequence, oldest first, or none.
	Read(ctx context.Context, room string, after uint64) ([]event.Event, error)
	// Forget removes a room's journal.
	Forget(ctx context.Context, room string) error
}

// Catalogue is a [Journal] that knows its rooms, so that [Host.Recover] can
// open them again.
type Catalogue interface {
	Journal
	// Each calls each with the events of all rooms, in the order in which they
	// were appended; those that were appended together come together.
	Each(ctx context.Context, each func(room string, events []event.Event) error) error
}

// ErrFenced is [pitboss.ErrFenced]: somebody else has written to the room's
// journal.
var ErrFenced = pitboss.ErrFenced

// MemoryJournal keeps journals for as long as the process lives. The zero value
// is empty and ready to use.
type MemoryJournal struct {
	mu    sync.RWMutex
	rooms map[string]*memoryLog
}

type memoryLog struct {
	last    uint64
	batches [][]event.Event
}

// Append implements [Journal].
func (j *MemoryJournal) Append(_ context.Context, room string, after uint64, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	log := j.rooms[room]
	if log == nil {
		if j.rooms == nil {
			j.rooms = make(map[string]*memoryLog)
		}
		log = new(memoryLog)
		j.rooms[room] = log
	}
	if log.last != after {
		return fmt.Errorf("room %s: at %d, not at %d: %w", room, log.last, after, ErrFenced)
	}
	log.batches = append(log.batches, events)
	log.last = events[len(events)-1].RoomSeq
	return nil
}

// Read implements [Journal].
func (j *MemoryJournal) Read(_ context.Context, room string, after uint64) ([]event.Event, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	log := j.rooms[room]
	if log == nil || log.last <= after {
		return nil, nil
	}
	events := make([]event.Event, 0, log.last-after)
	for _, batch := range log.batches {
		if last := batch[len(batch)-1].RoomSeq; last <= after {
			continue
		}
		for i := range batch {
			if batch[i].RoomSeq > after {
				events = append(events, batch[i])
			}
		}
	}
	return events, nil
}

// Forget implements [Journal].
func (j *MemoryJournal) Forget(_ context.Context, room string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.rooms, room)
	return nil
}
