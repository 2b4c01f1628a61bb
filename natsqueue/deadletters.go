package natsqueue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
)

// DeadLetters keeps dead letters' records: a stream of their own, in which each
// has a subject, whose only message is the record as it was last written. It is
// a deadletter.Records, and safe for concurrent use.
//
// Every write names the record that it follows, so that of two processes that
// have the same letters open one fails with [ErrFenced].
type DeadLetters struct {
	fencedStream

	mu        sync.Mutex
	positions map[string]uint64 // in the stream, by subject
	doubtful  map[string][]byte // what may or may not have been written
}

// OpenDeadLetters opens the dead letters of that name, made if need be. Call
// [DeadLetters.Each] before anything is written.
func (s *Store) OpenDeadLetters(ctx context.Context, name string) (*DeadLetters, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return nil, &pitboss.FieldError{Field: "name", Value: name, Allowed: "letters, digits, - and _"}
	}
	stream := s.config.Prefix + "-deadletters-" + name
	_, err := s.stream(ctx, jetstream.StreamConfig{Name: stream, Subjects: []string{stream + ".*"}, MaxMsgsPerSubject: 1})
	if err != nil {
		return nil, fmt.Errorf("dead letters %s: %w", name, err)
	}
	return &DeadLetters{
		fencedStream: s.fenced(stream),
		positions:    make(map[string]uint64),
		doubtful:     make(map[string][]byte),
	}, nil
}

// idKept is how long an ID may be to be a subject as it is; of longer ones that
// is a hash.
const idKept = 128

// subject is an ID's.
func (d *DeadLetters) subject(id string) string {
	text := []byte(id)
	if len(text) > idKept {
		hash := sha256.Sum256(text)
		text = hash[:]
	}
	return d.stream + ".id-" + base64.RawURLEncoding.EncodeToString(text) // never empty
}

// Write keeps a record under an ID, in place of the one before. It fails with a
// [SizeError] if it is too large. While the store does not answer, it tries
// again until ctx ends.
func (d *DeadLetters) Write(ctx context.Context, id string, record []byte) error {
	if len(record) > d.limit {
		return &SizeError{d.stream, len(record), d.limit}
	}
	subject := d.subject(id)
	last, err := d.last(ctx, subject)
	if err == nil {
		last, err = d.publish(ctx, subject, record, last)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		if ctx.Err() != nil {
			d.doubtful[subject] = record
		}
		return fmt.Errorf("dead letter %s: %w", id, err)
	}
	d.positions[subject] = last
	delete(d.doubtful, subject)
	return nil
}

// last returns where a subject's record is as this process wrote or read it, zero
// if there is none.
func (d *DeadLetters) last(ctx context.Context, subject string) (uint64, error) {
	d.mu.Lock()
	position, doubt := d.positions[subject], d.doubtful[subject]
	d.mu.Unlock()
	if doubt == nil {
		return position, nil
	}
	newest, err := d.store.newest(ctx, d.stream, subject)
	if err == nil && bytes.Equal(newest.Data, doubt) {
		position = newest.Sequence
	}
	return position, describe(err)
}

// Remove lets go of an ID's record, if there is one; of one that somebody else has
// written meanwhile it does not.
func (d *DeadLetters) Remove(ctx context.Context, id string) error {
	subject := d.subject(id)
	last, err := d.last(ctx, subject)
	if err == nil && last != 0 {
		err = d.purge(ctx, subject, last)
	}
	if err != nil {
		return fmt.Errorf("remove dead letter %s: %w", id, describe(err))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.positions, subject)
	delete(d.doubtful, subject)
	return nil
}

func (d *DeadLetters) purge(ctx context.Context, subject string, last uint64) error {
	stream, err := d.store.js.Stream(ctx, d.stream)
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeSequence(last+1))
}

// Each calls each with every record.
func (d *DeadLetters) Each(ctx context.Context, each func(record []byte) error) error {
	mark, err := d.mark(ctx)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	there := make(map[string]struct{})
	for next, wait := uint64(1), retryFirst; next <= mark; {
		err := d.store.read(ctx, d.stream, "", next, func(subject string, position uint64, record []byte) error {
			next = position + 1
			if position >= mark || subject == d.stream+"."+markName {
				return nil
			}
			there[subject] = struct{}{}
			d.found(subject, position)
			if err := each(record); err != nil {
				return fmt.Errorf("dead letter at %d: %w: %w", position, ErrCorrupt, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if next > mark {
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait): // the replica that was asked is behind
		}
		wait = min(2*wait, retryMax)
	}
	d.dropOthers(there, mark)
	return nil
}

// found notes where a record is, unless a newer one was written here since it was
// asked for.
func (d *DeadLetters) found(subject string, position uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.positions[subject] = max(position, d.positions[subject])
}

// dropOthers forgets the places of records that somebody else has removed: those
// before the mark that were not there.
func (d *DeadLetters) dropOthers(there map[string]struct{}, mark uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.positions, func(subject string, position uint64) bool {
		_, ok := there[subject]
		return !ok && position < mark
	})
}

// markName is that of no letter's subject.
const markName = "$mark"

// mark writes a message that is no letter, and returns its place. Any replica
// may answer a read: one that has the mark has all that came before it.
func (d *DeadLetters) mark(ctx context.Context) (uint64, error) {
	subject := d.stream + "." + markName
	ack, err := d.store.js.PublishMsg(ctx, &nats.Msg{Subject: subject})
	if err != nil {
		return 0, describe(err)
	}
	return ack.Sequence, nil
}
