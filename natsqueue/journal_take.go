package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
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
	within, wait := takeFirst, retryFirst
	for {
		records, complete, err := j.readAll(ctx, room, within)
		switch {
		case complete:
			return j.take(room, records, each)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, ErrUnreachable), errors.Is(err, context.DeadlineExceeded): // an answer was lost
			j.store.config.Log.WarnContext(ctx, "store: journal unanswered, trying again", "room", room, "error", err)
			within *= 2
		case err != nil:
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-j.store.closed:
			return fmt.Errorf("the store is closed: %w", pitboss.ErrClosed)
		case <-time.After(wait): // the replica that was asked may be behind
		}
		wait = min(2*wait, retryMax)
	}
}

// takeFirst is how long reading a room may take at first. Many wait for it.
const takeFirst = 2 * time.Second

// journalRecord is one record and its place.
type journalRecord struct {
	position    uint64
	after, last uint64
	text        []byte
}

// readAll reads a room's records, and says whether these are all that there were
// when it was asked: any replica may answer, also one that is behind.
func (j *Journal) readAll(ctx context.Context, room string, within time.Duration) (records []journalRecord, complete bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	subject := j.subject(room)
	counts, err := j.counts(ctx, subject)
	if err != nil {
		return nil, false, fmt.Errorf("journal of room %s: %w", room, err)
	}
	err = j.store.read(ctx, j.stream, subject, 1, func(_ string, position uint64, data []byte) error {
		r := journalRecord{position: position}
		var err error
		r.after, r.last, r.text, err = j.parse(room, position, data)
		records = append(records, r)
		return err
	})
	return records, err == nil && uint64(len(records)) >= counts[subject], err
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
