package natsqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Rooms returns the names of all rooms that have records, in no order.
func (j *Journal) Rooms(ctx context.Context) ([]string, error) {
	counts, err := j.counts(ctx, j.stream+".>")
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	rooms := make([]string, 0, len(counts))
	for subject := range counts {
		if subject != j.stream+"."+markName {
			rooms = append(rooms, j.roomOf(subject))
		}
	}
	return rooms, nil
}

// counts asks the stream's leader, which knows every record that was
// acknowledged, for how many there are per subject.
func (j *Journal) counts(ctx context.Context, filter string) (map[string]uint64, error) {
	info, err := j.log.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, describe(err)
	}
	return info.State.Subjects, nil
}

// Take is [Journal.Each] for one room: it calls each with the room's records,
// and lets the journal go on from there. Whoever had the room may not append to
// it any more by then, or the next append fails with [ErrFenced].
func (j *Journal) Take(ctx context.Context, room string, each func(last uint64, record []byte) error) error {
	subject := j.subject(room)
	for wait := retryFirst; ; wait = min(2*wait, retryMax) {
		counts, err := j.counts(ctx, subject)
		if err != nil {
			return fmt.Errorf("journal of room %s: %w", room, err)
		}
		records, err := j.readAll(ctx, room)
		if err != nil {
			return err
		}
		if uint64(len(records)) >= counts[subject] {
			return j.take(room, records, each)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait): // the replica that was asked is behind
		}
	}
}

// journalRecord is one record and its place.
type journalRecord struct {
	position    uint64
	after, last uint64
	text        []byte
}

func (j *Journal) readAll(ctx context.Context, room string) (records []journalRecord, err error) {
	err = j.store.read(ctx, j.stream, j.subject(room), 1, func(_ string, position uint64, data []byte) error {
		r := journalRecord{position: position}
		var err error
		r.after, r.last, r.text, err = j.parse(room, position, data)
		records = append(records, r)
		return err
	})
	return records, err
}

func (j *Journal) take(room string, records []journalRecord, each func(last uint64, record []byte) error) error {
	var end tail
	for _, r := range records {
		if r.after != end.last {
			return fmt.Errorf("journal of room %s: record %d goes on from %d, the one before ends with %d: %w",
				room, r.position, r.after, end.last, ErrCorrupt)
		}
		if err := each(r.last, r.text); err != nil {
			return err
		}
		end = tail{r.position, r.last}
	}
	j.setTail(room, end)
	return nil
}

// LetGo forgets where a room's journal ends, and nothing else: another one goes
// on with it.
func (j *Journal) LetGo(room string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.tails, room)
}
