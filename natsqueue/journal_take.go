package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
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
		if !strings.HasPrefix(subject, j.stream+".$") { // a mark, which versions before left
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

// Take reads a room's records and lets the journal go on from there. Whoever had
// the room may not append to it any more by then, or the next append fails with
// [ErrFenced]. With a snapshot, the records are the first and those that came
// after it; the others are not read. A room that is not there has none.
//
// Take fails with [ErrCorrupt] where records are missing, and with the context's
// error if the store has not answered until that ends.
func (j *Journal) Take(ctx context.Context, room string) (records [][]byte, snapshot []byte, err error) {
	saved, err := j.saved(ctx, room)
	if err == nil && saved != nil {
		if records, err = j.takeSince(ctx, room, saved); err == nil {
			return records, saved.text, nil
		}
	}
	if err != nil { // the journal says the same
		j.store.config.Log.WarnContext(ctx, "store: snapshot not used", "room", room, "error", err)
	}
	records, err = j.takeAll(ctx, room)
	return records, nil, err
}

// takeFirst is how long reading a room may take at first. Many wait for it.
const takeFirst = 2 * time.Second

// takeSince reads what a snapshot does not say. It fails if the journal is not,
// or not yet, the one that the snapshot is of: a power cut may have left the
// journal behind it, and the replica that is asked may be behind.
func (j *Journal) takeSince(ctx context.Context, room string, saved *savedRoom) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, takeFirst)
	defer cancel()
	subject := j.subject(room)
	counts, err := j.counts(ctx, subject)
	if err != nil {
		return nil, err
	}
	if there := counts[subject]; there < saved.records {
		return nil, fmt.Errorf("it is of %d records, and there are %d", saved.records, there)
	}
	opening, err := j.log.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(subject))
	if err != nil {
		return nil, describe(err)
	}
	first, err := j.parse(room, opening.Sequence, opening.Data)
	if err != nil {
		return nil, err
	}
	records, end := [][]byte{first.text}, tail{}
	err = j.store.read(ctx, j.stream, subject, saved.position, func(_ string, position uint64, data []byte) error {
		r, err := j.parse(room, position, data)
		switch {
		case err != nil:
			return err
		case end == tail{}:
			if position != saved.position || crc32.Checksum(data, castagnoli) != saved.sum {
				return fmt.Errorf("it is of record %d, and another one is there", saved.position)
			}
			end = saved.tail
			return nil
		case r.after != end.last:
			return j.gap(room, r, end)
		}
		records, end = append(records, r.text), end.follow(position, r.last, data)
		return nil
	})
	if err == nil && end.records < counts[subject] {
		err = fmt.Errorf("%d records, and there are %d", end.records, counts[subject])
	}
	if err != nil {
		return nil, err
	}
	j.setTail(room, end)
	return records, nil
}

// takeAll reads all records, again and again until it has got all that there
// are: any replica may answer, also one that is behind.
func (j *Journal) takeAll(ctx context.Context, room string) ([][]byte, error) {
	within, wait := takeFirst, retryFirst
	for {
		records, end, complete, err := j.readAll(ctx, room, within)
		switch {
		case complete:
			j.setTail(room, end)
			return records, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, ErrUnreachable), errors.Is(err, context.DeadlineExceeded): // an answer was lost
			j.store.config.Log.WarnContext(ctx, "store: journal unanswered, trying again", "room", room, "error", err)
			within *= 2
		case err != nil:
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-j.store.closed:
			return nil, fmt.Errorf("the store is closed: %w", pitboss.ErrClosed)
		case <-time.After(wait):
		}
		wait = min(2*wait, retryMax)
	}
}

// readAll reads a room's records, and says whether these are all that there were
// when it was asked.
func (j *Journal) readAll(ctx context.Context, room string, within time.Duration) (records [][]byte, end tail, complete bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	subject := j.subject(room)
	counts, err := j.counts(ctx, subject)
	if err != nil {
		return nil, tail{}, false, fmt.Errorf("journal of room %s: %w", room, err)
	}
	err = j.store.read(ctx, j.stream, subject, 1, func(_ string, position uint64, data []byte) error {
		r, err := j.parse(room, position, data)
		if err == nil && r.after != end.last {
			err = j.gap(room, r, end)
		}
		records, end = append(records, r.text), end.follow(position, r.last, data)
		return err
	})
	return records, end, err == nil && end.records >= counts[subject], err
}

func (j *Journal) gap(room string, r journalRecord, end tail) error {
	return fmt.Errorf("journal of room %s: record %d goes on from %d, the one before ends with %d: %w",
		room, r.position, r.after, end.last, ErrCorrupt)
}

// LetGo forgets where a room's journal ends, and nothing else: another one goes
// on with it.
func (j *Journal) LetGo(room string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.tails, room)
}
