package natsqueue

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
)

// Journal keeps the records of rooms' events: a stream in which each room has a
// subject of its own. Every write names the room's record that it follows, and
// the server refuses it if there is another one: so two owners of a room can
// never both append. It is a room.Records, and safe for concurrent use, but for
// one room's appends, which come one after the other.
//
// A record is preceded by a byte for the version of that form, and the
// sequences of the room that it goes on from and goes up to, as uvarints.
type Journal struct {
	fencedStream

	snapshots   string           // the stream of them
	log, states jetstream.Stream // what the two names are of

	mu    sync.Mutex
	tails map[string]tail
}

// tail is where a room's journal ends.
type tail struct {
	position uint64 // in the stream
	last     uint64 // of the room
	sum      uint32 // of the message there
	records  uint64 // how many there are up to there
	bytes    int64  // what they take
}

// follow is the tail after one more message.
func (t tail) follow(position, last uint64, data []byte) tail {
	return tail{position, last, crc32.Checksum(data, castagnoli), t.records + 1, t.bytes + int64(len(data))}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const journalVersion = 1

// OpenJournal opens the journal of that name, made if need be. It knows no room
// before [Journal.Take]; appending to one that it does not know begins it.
func (s *Store) OpenJournal(ctx context.Context, name string) (*Journal, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return nil, &pitboss.FieldError{Field: "journal", Value: name, Allowed: "letters, digits, - and _"}
	}
	stream := s.config.Prefix + "-journal-" + name
	snapshots := s.config.Prefix + "-snapshots-" + name
	log, err := s.stream(ctx, jetstream.StreamConfig{Name: stream, Subjects: []string{stream + ".*"}})
	var states jetstream.Stream
	if err == nil {
		states, err = s.stream(ctx, jetstream.StreamConfig{Name: snapshots, Subjects: []string{snapshots + ".*"}, MaxMsgsPerSubject: 1})
	}
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", name, err)
	}
	return &Journal{
		fencedStream: s.fenced(stream), snapshots: snapshots,
		log: log, states: states, tails: make(map[string]tail),
	}, nil
}

// subjectName is a room's part of a subject. A dot would divide it, and = is in
// no room's name.
func subjectName(room string) string { return strings.ReplaceAll(room, ".", "=") }

func roomNamed(subjectName string) string { return strings.ReplaceAll(subjectName, "=", ".") }

func (j *Journal) subject(room string) string { return j.stream + "." + subjectName(room) }

func (j *Journal) roomOf(subject string) string {
	return roomNamed(strings.TrimPrefix(subject, j.stream+"."))
}

// Append adds the record of a room's events after+1 to last. It fails with
// [ErrFenced] if the room's journal does not end with after, and with a
// [SizeError] if the record is too large. While the store does not answer, it
// tries again until ctx ends; then nobody knows whether the record is there.
func (j *Journal) Append(ctx context.Context, room string, after, last uint64, record []byte) error {
	end := j.tail(room)
	if end.last != after {
		return fmt.Errorf("journal of room %s: it ends with %d, not with %d: %w", room, end.last, after, ErrFenced)
	}
	if len(record) > j.limit {
		return pitboss.Permanent(&SizeError{j.stream, len(record), j.limit})
	}
	data := make([]byte, 1, 1+2*binary.MaxVarintLen64+len(record))
	data[0] = journalVersion
	data = binary.AppendUvarint(data, after)
	data = binary.AppendUvarint(data, last)
	data = append(data, record...)
	position, err := j.publish(ctx, j.subject(room), data, end.position)
	if err != nil {
		return fmt.Errorf("journal of room %s: %w", room, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.tails[room] == end { // else it was let go, or taken again, while this was on its way
		j.tails[room] = end.follow(position, last, data)
	}
	return nil
}

// Size is how many bytes the records of a room take, of those that were appended
// or taken here; zero for others.
func (j *Journal) Size(room string) int64 { return j.tail(room).bytes }

func (j *Journal) tail(room string) tail {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.tails[room]
}

func (j *Journal) setTail(room string, t tail) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tails[room] = t
}

// Read calls each with a room's records that go beyond after, in order. It fails
// with [ErrCorrupt] where one of them is missing: the server leaves out what it
// cannot read.
func (j *Journal) Read(ctx context.Context, room string, after uint64, each func(record []byte) error) error {
	var end tail
	return j.store.read(ctx, j.stream, j.subject(room), 1, func(_ string, position uint64, data []byte) error {
		r, err := j.parse(room, position, data)
		before := end
		end = end.follow(position, r.last, data)
		switch {
		case err != nil || r.last <= after:
			return err
		case r.after > after && r.after != before.last:
			return j.gap(room, r, before)
		}
		return each(r.text)
	})
}

// journalRecord is one record and its place.
type journalRecord struct {
	position    uint64
	after, last uint64
	text        []byte
}

// parse takes a message apart.
func (j *Journal) parse(room string, position uint64, data []byte) (journalRecord, error) {
	r := reader{rest: data}
	version := r.byte()
	record := journalRecord{position: position, after: r.uvarint(), last: r.uvarint()}
	switch {
	case r.err != nil:
		return journalRecord{}, fmt.Errorf("journal of room %s: record %d: %w", room, position, r.err)
	case version != journalVersion:
		return journalRecord{}, fmt.Errorf("journal of room %s: record %d has version %d, and this program reads %d: %w",
			room, position, version, journalVersion, ErrCorrupt)
	}
	record.text = r.rest
	return record, nil
}

// Forget removes a room's snapshot and its records: of a room that was appended to
// or taken here, those up to its last one, so that another room which somebody
// else has given that name meanwhile stays.
func (j *Journal) Forget(ctx context.Context, room string) error {
	records := []jetstream.StreamPurgeOpt{jetstream.WithPurgeSubject(j.subject(room))}
	if end := j.tail(room); end.position != 0 {
		records = append(records, jetstream.WithPurgeSequence(end.position+1))
	}
	// The records last: while they are there, the room is found and forgotten again.
	err := j.states.Purge(ctx, jetstream.WithPurgeSubject(j.snapshotSubject(room)))
	if err == nil {
		err = j.log.Purge(ctx, records...)
	}
	if err != nil {
		return fmt.Errorf("forget journal of room %s: %w", room, describe(err))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.tails, room)
	return nil
}
