package natsqueue

import (
	"context"
	"errors"
)

// LogBytes is how many bytes q has written to its log, and how many the stream
// holds.
func LogBytes[T any](q *Queue[T]) (written, kept uint64) {
	info, err := q.log.stream.Info(context.Background())
	if err != nil {
		return 0, 0
	}
	q.log.mu.Lock()
	defer q.log.mu.Unlock()
	return q.log.written, info.State.Bytes
}

// PurgeAtOnce lets q clean up without waiting for syncs.
func PurgeAtOnce[T any](q *Queue[T]) {
	q.log.mu.Lock()
	defer q.log.mu.Unlock()
	q.log.purgeAfter = 0
}

// Wedged says whether e's server has failed to write.
func Wedged(e *Embedded) bool { return e.wedged() != nil }

// EndMember ends a member as one does that has heard nothing of it.
func EndMember(ctx context.Context, s *Store, id string) error {
	stream := s.config.Prefix + "-leases"
	subject := stream + "." + memberPrefix + id
	from, err := s.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	for { // it may renew in between
		last, err := from.GetLastMsgForSubject(ctx, subject)
		if err != nil {
			return err
		}
		if _, err = s.replace(ctx, subject, []byte(`{"released":true}`), last.Sequence, publishTimeout); !errors.Is(err, ErrFenced) {
			return err
		}
	}
}

// CopySnapshot gives a room of one journal the snapshot that another has of it.
func CopySnapshot(ctx context.Context, from, to *Journal, room string) error {
	m, err := from.states.GetLastMsgForSubject(ctx, from.snapshotSubject(room))
	if err == nil {
		_, err = to.store.js.Publish(ctx, to.snapshotSubject(room), m.Data)
	}
	return err
}
