package natsqueue

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
)

// savedRoom is a snapshot of a room, and where the room's journal ended then.
type savedRoom struct {
	tail
	text []byte
}

// snapshotVersion is that of a snapshot's form: the version, the room's last
// event then, and the place, the checksum, the number and the size of its
// records, all as uvarints.
const snapshotVersion = 2

// Save keeps a snapshot of a room as it is after event seq, its last, in the
// place of the one before. It fails with [ErrFenced] if the room's journal does
// not end there, and with a [SizeError] if the snapshot is too large.
func (j *Journal) Save(ctx context.Context, room string, seq uint64, snapshot []byte) error {
	end := j.tail(room)
	if end.last != seq || seq == 0 {
		return fmt.Errorf("snapshot of room %s: it is of event %d, and the journal ends with %d: %w", room, seq, end.last, ErrFenced)
	}
	if len(snapshot) > j.limit {
		return pitboss.Permanent(&SizeError{j.snapshots, len(snapshot), j.limit})
	}
	data := []byte{snapshotVersion}
	for _, v := range []uint64{end.last, end.position, uint64(end.sum), end.records, uint64(end.bytes)} {
		data = binary.AppendUvarint(data, v)
	}
	data = append(data, snapshot...)
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if _, err := j.store.js.PublishMsg(ctx, &nats.Msg{Subject: j.snapshotSubject(room), Data: data}); err != nil {
		return fmt.Errorf("snapshot of room %s: %w", room, describe(err))
	}
	return nil
}

func (j *Journal) snapshotSubject(room string) string { return j.snapshots + "." + subjectName(room) }

// saved returns a room's snapshot, or nil. One that cannot be read is none,
// because the journal says the same.
func (j *Journal) saved(ctx context.Context, room string) (*savedRoom, error) {
	ctx, cancel := context.WithTimeout(ctx, takeFirst)
	defer cancel()
	m, err := j.states.GetLastMsgForSubject(ctx, j.snapshotSubject(room))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, describe(err)
	}
	r := reader{rest: m.Data}
	if version := r.byte(); version != snapshotVersion {
		return nil, nil
	}
	s := new(savedRoom)
	s.last, s.position, s.sum, s.records, s.bytes = r.uvarint(), r.uvarint(), uint32(r.uvarint()), r.uvarint(), int64(r.uvarint())
	if s.text = r.rest; r.err != nil {
		return nil, nil
	}
	return s, nil
}
