package natsqueue

import (
	"context"
	"errors"
	"runtime"
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

// RefuseWrites has the server refuse, or take again, what is written of members,
// shares and leases. It can be read all the time.
func RefuseWrites(ctx context.Context, s *Store, on bool) error {
	stream, err := s.js.Stream(ctx, s.config.Prefix+"-leases")
	if err != nil {
		return err
	}
	c := stream.CachedInfo().Config
	c.MaxMsgSize = -1
	if on {
		c.MaxMsgSize = 1
	}
	_, err = s.js.UpdateStream(ctx, c)
	return err
}

// LoseRenewal renews a lease a last time, as if the answer had been lost.
func LoseRenewal(ctx context.Context, l *Lease) error {
	l.stop()
	<-l.done
	_, err := l.write(ctx, l.text, l.seq)
	return err
}

// LoseAnswer waits until a write of s is under way, and has it go without an
// answer, unless that comes before.
func LoseAnswer(s *Store, answered <-chan struct{}) {
	for lost := false; !lost; runtime.Gosched() {
		select {
		case <-answered:
			return
		default:
		}
		s.attempts.mu.Lock()
		lost = len(s.attempts.waiting) > 0
		s.attempts.mu.Unlock()
	}
	s.attempts.fail()
}

// Outcome is what a journal makes of a write after last that was refused, and had
// been tried before. It is nil if the write is there.
func Outcome(ctx context.Context, j *Journal, room string, data []byte, last uint64) error {
	_, err := j.settle(ctx, j.subject(room), data, last, ErrFenced)
	return err
}

// WriteRaw adds a message to a room's journal and returns its place.
func WriteRaw(ctx context.Context, j *Journal, room string, data []byte) (uint64, error) {
	ack, err := j.store.js.Publish(ctx, j.subject(room), data)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// ErrUnsettled says that the outcome of a write is not known yet.
var ErrUnsettled = errUnsettled

// Known is how many rooms a journal knows the ends of.
func Known(j *Journal) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.tails)
}

// Places is how many records d knows the places of.
func Places(d *DeadLetters) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.positions)
}

// LookedAfter are the streams whose names e syncs.
func LookedAfter(e *Embedded) []string { return e.names.all() }

// Asked is asked of numbers.
func Asked(ctx context.Context, ask func() (int, error)) (int, error) { return asked(ctx, ask) }
