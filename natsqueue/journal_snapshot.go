package natsqueue

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
)

// Save keeps a snapshot of a room as it was after event seq, in the place of the
// one before. It fails with a [SizeError] if the snapshot is too large.
func (j *Journal) Save(ctx context.Context, room string, seq uint64, snapshot []byte) error {
	if len(snapshot) > j.limit {
		return pitboss.Permanent(&SizeError{j.snapshots, len(snapshot), j.limit})
	}
	data := binary.AppendUvarint([]byte{journalVersion}, seq)
	data = append(data, snapshot...)
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if _, err := j.store.js.PublishMsg(ctx, &nats.Msg{Subject: j.snapshots + "." + subjectName(room), Data: data}); err != nil {
		return fmt.Errorf("snapshot of room %s: %w", room, describe(err))
	}
	return nil
}

// Snapshot returns a room's snapshot and the event that it is of, or none. One
// that cannot be read is none, because the journal says the same.
func (j *Journal) Snapshot(ctx context.Context, room string) (seq uint64, snapshot []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, takeFirst)
	defer cancel()
	m, err := j.saved.GetLastMsgForSubject(ctx, j.snapshots+"."+subjectName(room))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("snapshot of room %s: %w", room, describe(err))
	}
	seq, snapshot, _ = parseSnapshot(m.Data)
	return seq, snapshot, nil
}

// parseSnapshot takes a message apart.
func parseSnapshot(data []byte) (seq uint64, snapshot []byte, ok bool) {
	r := reader{rest: data}
	version, seq := r.byte(), r.uvarint()
	if r.err != nil || version != journalVersion {
		return 0, nil, false
	}
	return seq, r.rest, true
}

// Saved calls each with the snapshots of all rooms. One that cannot be read is
// left out, because the journal says the same.
func (j *Journal) Saved(ctx context.Context, each func(room string, seq uint64, snapshot []byte) error) error {
	return j.store.read(ctx, j.snapshots, "", 1, func(subject string, _ uint64, data []byte) error {
		if seq, snapshot, ok := parseSnapshot(data); ok {
			return each(roomNamed(strings.TrimPrefix(subject, j.snapshots+".")), seq, snapshot)
		}
		return nil
	})
}

func (j *Journal) forgetSnapshot(ctx context.Context, room string) error {
	stream, err := j.store.js.Stream(ctx, j.snapshots)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject(j.snapshots+"."+subjectName(room)))
}
