package natsqueue

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
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
	log *Journal // for its stream and how it writes

	mu        sync.Mutex
	positions map[string]uint64 // in the stream, by subject
	doubtful  map[string][]byte // what may or may not have been written
}

// OpenDeadLetters opens the dead letters of that name, made if need be. Call
// [DeadLetters.Each] before anything is written.
func (s *Store) OpenDeadLetters(ctx context.Context, name string) (*DeadLetters, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return nil, &pitboss.FieldError{Field: "dead letters", Value: name, Allowed: "letters, digits, - and _"}
	}
	stream := s.config.Prefix + "-deadletters-" + name
	_, err := s.stream(ctx, jetstream.StreamConfig{Name: stream, Subjects: []string{stream + ".*"}, MaxMsgsPerSubject: 1})
	if err != nil {
		return nil, fmt.Errorf("dead letters %s: %w", name, err)
	}
	return &DeadLetters{
		log:       &Journal{store: s, stream: stream, limit: int(s.conn.MaxPayload() / 2)},
		positions: make(map[string]uint64),
		doubtful:  make(map[string][]byte),
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
	return d.log.stream + ".id-" + base64.RawURLEncoding.EncodeToString(text) // never empty
}

// Write keeps a record under an ID, in place of the one before. It fails with a
// [SizeError] if it is too large. While the store does not answer, it tries
// again until ctx ends.
func (d *DeadLetters) Write(ctx context.Context, id string, record []byte) error {
	if len(record) > d.log.limit {
		return &SizeError{d.log.stream, len(record), d.log.limit}
	}
	subject := d.subject(id)
	position, doubt := d.last(subject)
	if doubt != nil {
		if at, ok := d.log.landed(ctx, subject, doubt); ok {
			position = at
		}
	}
	position, err := d.log.publish(ctx, subject, record, position)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		if ctx.Err() != nil {
			d.doubtful[subject] = record
		}
		return fmt.Errorf("dead letter %s: %w", id, err)
	}
	d.positions[subject] = position
	delete(d.doubtful, subject)
	return nil
}

// last returns where a subject's record is, zero if there is none, and what may
// have been written over it.
func (d *DeadLetters) last(subject string) (uint64, []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.positions[subject], d.doubtful[subject]
}

// Remove lets go of an ID's record, if there is one.
func (d *DeadLetters) Remove(ctx context.Context, id string) error {
	subject := d.subject(id)
	if position, doubt := d.last(subject); position == 0 && doubt == nil {
		return nil
	}
	stream, err := d.log.store.js.Stream(ctx, d.log.stream)
	if err == nil {
		err = stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
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

// Each calls each with every record.
func (d *DeadLetters) Each(ctx context.Context, each func(record []byte) error) error {
	mark, err := d.mark(ctx)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	for next, wait := uint64(1), retryFirst; next <= mark; {
		err := d.log.store.read(ctx, d.log.stream, "", next, func(subject string, position uint64, record []byte) error {
			next = position + 1
			if position >= mark || subject == d.log.stream+"."+markName {
				return nil
			}
			d.mu.Lock()
			d.positions[subject] = position
			d.mu.Unlock()
			if err := each(record); err != nil {
				return fmt.Errorf("dead letter at %d: %w: %w", position, ErrCorrupt, err)
			}
			return nil
		})
		if err != nil || next > mark {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait): // the replica that was asked is behind
		}
		wait = min(2*wait, retryMax)
	}
	return nil
}

// markName is that of no letter's subject.
const markName = "$mark"

// mark writes a message that is no letter, and returns its place. Any replica
// may answer a read: one that has the mark has all that came before it.
func (d *DeadLetters) mark(ctx context.Context) (uint64, error) {
	subject := d.log.stream + "." + markName
	ack, err := d.log.store.js.PublishMsg(ctx, &nats.Msg{Subject: subject})
	if err != nil {
		return 0, describe(err)
	}
	return ack.Sequence, nil
}
