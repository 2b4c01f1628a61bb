package natsqueue

import "context"

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
