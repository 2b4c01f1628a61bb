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

// Saved calls each with the snapshots of all rooms. One that cannot be read is
// left out, because the journal says the same.
func (j *Journal) Saved(ctx context.Context, each func(room string, seq uint64, snapshot []byte) error) error {
	return j.store.read(ctx, j.snapshots, "", 1, func(subject string, _ uint64, data []byte) error {
		r := reader{rest: data}
		version, seq := r.byte(), r.uvarint()
		if readable := r.err == nil && version == journalVersion; readable {
			return each(roomNamed(strings.TrimPrefix(subject, j.snapshots+".")), seq, r.rest)
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
