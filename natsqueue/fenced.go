package natsqueue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pitboss-dev/pitboss"
)

// fencedStream is a stream in which each subject has one writer at a time: every
// message names the one of its subject that it follows, and the server refuses
// it if there is another.
type fencedStream struct {
	store  *Store
	stream string
	limit  int // of a message, in bytes
	// whole says that there is one subject, and never an empty stream: then the
	// stream's last message is compared, which costs the server less.
	whole bool
}

func (s *Store) fenced(stream string) fencedStream {
	// Half, as for queues: headers and the client's own parts come on top.
	return fencedStream{store: s, stream: stream, limit: int(s.conn.MaxPayload() / 2)}
}

const (
	publishTimeout = 5 * time.Second
	retryFirst     = 50 * time.Millisecond
	retryMax       = time.Second
)

// The server's codes for a write that expects another last sequence.
const (
	codeWrongLast         jetstream.ErrorCode = 10071
	codeWrongLastConstant jetstream.ErrorCode = 10164
)

// errUnsettled says that nobody knows yet what became of a write.
var errUnsettled = errors.New("whether it was written is not known yet")

// publish writes data right after the subject's message at last, and returns
// its place. It fails with [ErrFenced] if there is another one. While the store
// does not say what became of the message it asks again, until ctx ends.
func (f *fencedStream) publish(ctx context.Context, subject string, data []byte, last uint64) (uint64, error) {
	wait := retryFirst
	for attempt := 0; ; attempt++ {
		position, err := f.attempt(ctx, subject, data, last)
		if attempt > 0 && refused(err) {
			position, err = f.settle(ctx, subject, data, last, err)
		}
		if err == nil {
			if err = f.store.settled(f.stream); err == nil {
				return position, nil
			}
		}
		switch {
		case errors.Is(err, ErrFenced):
			return 0, ErrFenced
		case refused(err):
			return 0, fmt.Errorf("not written: %w", err)
		case errors.Is(err, nats.ErrConnectionClosed):
			return 0, fmt.Errorf("the store is closed: %w", pitboss.ErrClosed)
		case ctx.Err() != nil:
			return 0, describe(err)
		}
		if attempt == 0 {
			f.store.config.Log.WarnContext(ctx, "store: write unanswered, trying again", "stream", f.stream, "error", err)
		}
		select {
		case <-f.store.closed:
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, retryMax)
	}
}

func (f *fencedStream) attempt(ctx context.Context, subject string, data []byte, last uint64) (uint64, error) {
	once, done := f.store.attempts.begin(ctx)
	defer done()
	follows := jetstream.WithExpectLastSequencePerSubject
	if f.whole {
		follows = jetstream.WithExpectLastSequence
	}
	ack, err := f.store.js.PublishMsg(once, &nats.Msg{Subject: subject, Data: data}, follows(last))
	switch {
	case err == nil:
		return ack.Sequence, nil
	case wrongLast(err):
		return 0, ErrFenced
	}
	return 0, err
}

// settle finds out what became of an attempt whose answer was lost, from a later
// one that was refused. It returns the message's place if it is there, the
// refusal if it is not, and errUnsettled if nobody can tell yet.
func (f *fencedStream) settle(ctx context.Context, subject string, data []byte, last uint64, refusal error) (uint64, error) {
	newest, err := f.store.newest(ctx, f.stream, subject)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", errUnsettled, err)
	// What is written bears a time or the writer's own count, so that nobody
	// else's looks the same.
	case newest.Sequence > last && bytes.Equal(newest.Data, data):
		return newest.Sequence, nil
	case newest.Sequence == last && errors.Is(refusal, ErrFenced): // it is being written
		return 0, errUnsettled
	}
	return 0, refusal
}

// newest is a subject's last message, as the stream's leader knows it: any other
// replica may be behind. If there is none, it has no sequence.
func (s *Store) newest(ctx context.Context, stream, subject string) (*nats.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	js, err := s.conn.JetStream() // the newer interface asks any replica
	if err != nil {
		return nil, err
	}
	m, err := js.GetLastMsg(stream, subject, nats.Context(ctx))
	if errors.Is(err, nats.ErrMsgNotFound) {
		return new(nats.RawStreamMsg), nil
	}
	return m, err
}

// refused says whether the server has answered that it did not write.
func refused(err error) bool {
	refusal, ok := errors.AsType[*jetstream.APIError](err)
	return errors.Is(err, ErrFenced) || ok && refusal.ErrorCode != 0 || errors.Is(err, nats.ErrMaxPayload)
}

// wrongLast says whether that was because another message is the last one.
func wrongLast(err error) bool {
	refusal, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (refusal.ErrorCode == codeWrongLast || refusal.ErrorCode == codeWrongLastConstant)
}
