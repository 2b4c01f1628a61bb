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

// Lasting is a [Journal] that outlives its host: [Host.Recover] and [Host.Take]
// open its rooms again. Several hosts may share it, each with rooms of its own.
type Lasting interface {
	Journal
	Sizer
	// Rooms returns the names of all rooms, whoever's they are.
	Rooms(ctx context.Context) ([]string, error)
	// Take reads a room that this host is to have from now on: the events of each
	// of its commands, or, where there is a snapshot, those of its first command
	// and of those that came after the snapshot. A room that is not there has
	// none. The first append after that decides whose the room is.
	Take(ctx context.Context, room string) (commands [][]event.Event, snapshot []byte, err error)
	// Save keeps the snapshot of a room after its last event, in the place of the
	// one before. Snapshots are a short cut and no more: the journal alone says
	// what happened.
	Save(ctx context.Context, room string, seq uint64, snapshot []byte) error
	// LetGo says that another host has a room from now on.
	LetGo(room string)
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
